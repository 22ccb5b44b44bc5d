import type { Clock } from '../../core/clock.ts';
import type { LogFields, Logger } from '../../core/log.ts';

/** Shortest time between two messages of one reason, in ms. */
const distanceMs = 1000;

/**
 * Messages that peers can cause at will: at most one a second for each reason, with how many it stands for (`count`).
 * Reasons are a closed set, so that memory is bounded. There is no timer: what was held back is counted in the next one.
 */
export class BoundedMessages {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #states = new Map<string, { writtenAt: number; heldBack: number }>();

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  say(level: 'debug' | 'warn' | 'error', reason: string, message: string, fields?: LogFields): void {
    const now = this.#clock.now();
    const state = this.#stateOf(reason);
    if (now - state.writtenAt < distanceMs) {
      state.heldBack += 1;
      return;
    }
    this.#log[level](message, { ...fields, reason, count: state.heldBack + 1 });
    state.writtenAt = now;
    state.heldBack = 0;
  }

  #stateOf(reason: string): { writtenAt: number; heldBack: number } {
    const known = this.#states.get(reason);
    if (known !== undefined) return known;
    const fresh = { writtenAt: Number.NEGATIVE_INFINITY, heldBack: 0 };
    this.#states.set(reason, fresh);
    return fresh;
  }
}
