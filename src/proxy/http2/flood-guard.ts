import type { LoopClock } from '../../core/loop-clock.ts';
import { Http2Code } from '../../wire/http2/codes.ts';
import { Http2Error } from '../../wire/http2/http2-error.ts';

/** A stock that fills by itself, up to `burst`. */
interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * Streams that the peer resets before their answer has gone: a page that is left resets what it had asked for. And one more for each
 * stream that ended in order: a connection that carries the calls of a whole program has its share of those that were cancelled.
 */
const RESETS: Rate = { burst: 1000, perSecond: 33 };
/** Frames that carry nothing: PING, SETTINGS, PRIORITY, unknown ones, empty DATA, and what is for streams that are no more. */
const CHATTER: Rate = { burst: 1000, perSecond: 50 };
/** WINDOW_UPDATE: as many as these, and so many for each frame of DATA that was sent. */
const UPDATES: Rate = { burst: 1000, perSecond: 50 };
const UPDATES_PER_DATA = 10;
/** PINGs: who measures how much is on the way sends one for what comes, as gRPC does. */
const CHATTER_PER_DATA = 1;

/**
 * Counts what costs the peer next to nothing and us something. Each kind has a stock; who has used it up loses the connection, with
 * ENHANCE_YOUR_CALM. Ordinary clients stay far from it.
 */
export class FloodGuard {
  readonly #clock: LoopClock;
  readonly #resets: Stock;
  readonly #chatter: Stock;
  readonly #updates: Stock;

  constructor(clock: LoopClock) {
    const now = clock.now();
    this.#clock = clock;
    this.#resets = new Stock(RESETS, now);
    this.#chatter = new Stock(CHATTER, now);
    this.#updates = new Stock(UPDATES, now);
  }

  /** The peer gave up a stream that was being worked for. @throws {Http2Error} ENHANCE_YOUR_CALM. */
  reset(): void {
    this.#take(this.#resets, 'streams that are reset');
  }

  /** A frame came that brings nothing. @throws {Http2Error} ENHANCE_YOUR_CALM. */
  chatter(): void {
    this.#take(this.#chatter, 'frames that carry nothing');
  }

  /** @throws {Http2Error} ENHANCE_YOUR_CALM. */
  windowUpdate(): void {
    this.#take(this.#updates, 'WINDOW_UPDATE frames');
  }

  /** A frame of DATA was sent, which the peer may give room for again, and measure. */
  dataSent(): void {
    this.#updates.add(UPDATES_PER_DATA);
    this.#chatter.add(CHATTER_PER_DATA);
  }

  /** A stream has ended in order. */
  streamEnded(): void {
    this.#resets.add(1);
  }

  #take(stock: Stock, what: string): void {
    if (!stock.take(this.#clock.now()))
      throw new Http2Error(Http2Code.EnhanceYourCalm, `Cannot go on: too many ${what} in a short time`);
  }
}

class Stock {
  readonly #rate: Rate;
  #left: number;
  #filledAt: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#filledAt = now;
  }

  take(now: number): boolean {
    // Looked at only when it runs low: the clock then says what has come since.
    if (this.#left < 1) this.#fill(now);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  add(more: number): void {
    this.#left = Math.min(this.#rate.burst, this.#left + more);
  }

  #fill(now: number): void {
    this.add(((now - this.#filledAt) * this.#rate.perSecond) / 1000);
    this.#filledAt = now;
  }
}
