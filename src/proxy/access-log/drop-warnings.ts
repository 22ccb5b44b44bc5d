import type { Logger } from '../../core/log.ts';

const distanceMs = 1000;

/** Tells of lost lines: at once, then once a second at most, with how many there were and why the last was lost. */
export class DropWarnings {
  readonly #log: Logger;
  readonly #target: string;
  #lost = 0;
  #cause = '';
  #timer: NodeJS.Timeout | undefined;

  /** `target`: the name of what is written to. */
  constructor(log: Logger, target: string) {
    this.#log = log;
    this.#target = target;
  }

  add(lines: number, cause: string): void {
    this.#lost += lines;
    this.#cause = cause;
    if (this.#timer === undefined) this.#tell();
  }

  /** Tells what has not been told yet, and leaves no timer behind. */
  end(): void {
    clearTimeout(this.#timer);
    if (this.#lost > 0) this.#tell();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tell(): void {
    this.#log.warn(`Cannot write the access log: ${this.#lost} lines dropped, ${this.#cause}`, {
      accessLog: this.#target,
      dropped: this.#lost,
    });
    this.#lost = 0;
    this.#timer = setTimeout(this.#onTime, distanceMs).unref();
  }

  readonly #onTime = (): void => {
    this.#timer = undefined;
    if (this.#lost > 0) this.#tell();
  };
}
