import type { ProxyError } from '../../../core/errors.ts';
import { Deadline, type TimerWheel } from '../../../core/timer-wheel.ts';
import type { Carrier, CarrierWish } from '../connection-user.ts';

/** An exchange that waits for a carrier: for a connection that is being opened, or for a stream that is free. */
export class StreamWaiter {
  readonly wish: CarrierWish;
  readonly #done: (result: Carrier | ProxyError) => void;
  readonly #wheel: TimerWheel;
  readonly #limit: Deadline;
  /** Gives up what is under way for it alone. */
  giveUp: (() => void) | undefined;

  /** @param late its time is over. */
  constructor(
    wish: CarrierWish,
    done: (result: Carrier | ProxyError) => void,
    wheel: TimerWheel,
    late: (waiter: StreamWaiter) => void,
  ) {
    this.wish = wish;
    this.#done = done;
    this.#wheel = wheel;
    this.#limit = new Deadline(() => late(this));
  }

  limit(ms: number): void {
    this.#wheel.set(this.#limit, ms);
  }

  /** It waits no more. */
  leave(): void {
    this.#wheel.remove(this.#limit);
  }

  tell(result: Carrier | ProxyError): void {
    this.leave();
    this.#done(result);
  }
}
