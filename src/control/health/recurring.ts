import type { Begin } from './check-result.ts';

/** Calls once after so long. @returns how to give it up. */
export type After = (ms: number, call: () => void) => () => void;

export interface RecurringEnv {
  readonly clock: { now(): number };
  readonly after: After;
  /** Gives 0 <= n < 1. */
  readonly random: () => number;
}

/** Distances differ by so much in all, so that checks that began together do not stay together. */
const jitter = 0.1;

/** Does something again and again, one at a time: each so long after the last began as that says, give or take a twentieth. */
export class Recurring {
  readonly #env: RecurringEnv;
  readonly #begin: Begin<number>;
  #cancel: (() => void) | undefined;

  /** @param begin does it, and says in ms how long after its beginning the next one begins. */
  constructor(env: RecurringEnv, begin: Begin<number>) {
    this.#env = env;
    this.#begin = begin;
  }

  get running(): boolean {
    return this.#cancel !== undefined;
  }

  /** Begins after so long, also where it was to begin later, or something is under way: that is given up. */
  start(inMs: number): void {
    this.stop();
    this.#cancel = this.#env.after(inMs, () => this.#turn());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #turn(): void {
    const { clock, random } = this.#env;
    const beganAt = clock.now();
    this.#cancel = this.#begin((waitMs) => {
      const due = beganAt + waitMs * (1 - jitter / 2 + jitter * random());
      this.start(Math.max(0, due - clock.now()));
    });
  }
}

/** The machine's timers; they keep no process alive. */
export function afterTimer(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms).unref();
  return () => clearTimeout(timer);
}
