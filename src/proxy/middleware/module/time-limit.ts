import type { Clock } from '../../../core/clock.ts';
import { Deadline, type TimerWheel } from '../../../core/timer-wheel.ts';

/** Something whose time may be up. */
export interface Timed {
  /** Set by the limit. */
  dueAt: number;
  /** Its time is up. Must not throw. */
  tooLate(): void;
}

/**
 * One time limit for many. All have the same time, so they are due in the order in which they began, and one deadline is enough. What
 * ends in time is let go of at once: a deadline of its own would keep it in the wheel until it is due.
 */
export class TimeLimit {
  readonly #ms: number;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #wheel: TimerWheel;
  readonly #running = new Set<Timed>();
  readonly #deadline: Deadline = new Deadline(() => this.#look());

  constructor(ms: number, env: { readonly clock: Pick<Clock, 'now'>; readonly wheel: TimerWheel }) {
    this.#ms = ms;
    this.#clock = env.clock;
    this.#wheel = env.wheel;
  }

  get ms(): number {
    return this.#ms;
  }

  /** How many run. */
  get size(): number {
    return this.#running.size;
  }

  /** Begins its time, also anew. */
  begin(timed: Timed): void {
    this.#running.delete(timed);
    timed.dueAt = this.#clock.now() + this.#ms;
    this.#running.add(timed);
    if (this.#deadline.at === Infinity) this.#wheel.setAt(this.#deadline, timed.dueAt);
  }

  end(timed: Timed): void {
    this.#running.delete(timed);
  }

  #look(): void {
    for (const timed of this.#running) {
      if (timed.dueAt > this.#clock.now()) return this.#wheel.setAt(this.#deadline, timed.dueAt);
      this.#running.delete(timed);
      timed.tooLate();
    }
  }
}
