import type { Clock } from './clock.ts';

/**
 * The time of the current turn of the event loop: read once by whoever begins a turn (bytes came, a timer fired), then told
 * to all who ask for next to nothing. Within a turn it stands still, which is what the steps of one exchange want anyway.
 */
export class LoopClock implements Clock {
  readonly #clock: Clock;
  #now: number;
  /** From our time to the date; looked at with each tick of the timer wheel, because the date may be set. */
  #toDate: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#now = clock.now();
    this.#toDate = clock.date() - this.#now;
  }

  /** A turn begins. */
  refresh(): void {
    this.#now = this.#clock.now();
  }

  /** A turn of the timer wheel begins. */
  refreshDate(): void {
    this.refresh();
    this.#toDate = this.#clock.date() - this.#now;
  }

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#now + this.#toDate;
  }
}
