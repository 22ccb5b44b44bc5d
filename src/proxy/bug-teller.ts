import type { Logger } from '../core/log.ts';

/** How often defects are told at most, in ms: a peer that can provoke one must not be able to fill the log. */
const tellMs = 1000;

/** Tells of defects that ended no more than a connection. */
export class BugTeller {
  readonly #clock: { now(): number };
  readonly #log: Logger;
  #last = -Infinity;

  constructor(clock: { now(): number }, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  tell(error: unknown): void {
    const now = this.#clock.now();
    if (now - this.#last < tellMs) return;
    this.#last = now;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log.error(`Cannot go on with a connection, because of a defect in Postern: ${text}`);
  }
}
