import type { Logger } from '../../core/log.ts';
import { BackOff } from '../back-off.ts';
import { messageOf } from '../message-of.ts';

/** What became of a message: it was taken, another try makes sense, or none does. */
export type Delivery = { readonly kind: 'taken' } | { readonly kind: 'later' | 'refused'; readonly why: string };

export interface EventQueueEnv {
  readonly send: (body: string) => Promise<Delivery>;
  readonly log: Logger;
  readonly backOff?: BackOff;
  /** Calls once after so long; default: a timer that keeps no process alive. */
  readonly after?: (ms: number, call: () => void) => void;
}

/** Messages that wait at once; past it the oldest are dropped. */
const mostWaiting = 1000;
/** Tries of one message: with the waits between them some ten minutes. */
const mostTries = 12;

/** Sends messages one after the other, in order. Whoever hands them over never waits. */
export class EventQueue {
  readonly #env: EventQueueEnv;
  readonly #backOff: BackOff;
  readonly #waiting: string[] = [];
  #sending = false;
  #closed = false;
  #tries = 0;
  sent = 0;
  dropped = 0;

  constructor(env: EventQueueEnv) {
    this.#env = env;
    this.#backOff = env.backOff ?? new BackOff({ minMs: 1000, maxMs: 60_000 });
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  add(body: string): void {
    if (this.#closed) return this.#drop('the webhook was closed');
    this.#waiting.push(body);
    if (this.#waiting.length > mostWaiting) {
      // The first one may be on its way.
      this.#waiting.splice(this.#sending ? 1 : 0, 1);
      this.#drop(`${mostWaiting} wait already`);
    }
    if (!this.#sending) void this.#sendAll();
  }

  /** What has not been taken by now never will be. */
  close(): void {
    this.#closed = true;
    this.dropped += this.#waiting.length;
    this.#waiting.length = 0;
  }

  /** Never rejects. */
  async #sendAll(): Promise<void> {
    this.#sending = true;
    while (this.#waiting.length > 0 && !this.#closed) {
      // oxlint-disable-next-line no-await-in-loop -- in order
      const waitMs = this.#settle(await this.#send(this.#waiting[0]!));
      // oxlint-disable-next-line no-await-in-loop -- in order
      if (waitMs > 0) await this.#pause(waitMs);
    }
    this.#sending = false;
  }

  async #send(body: string): Promise<Delivery> {
    try {
      return await this.#env.send(body);
    } catch (error) {
      return { kind: 'later', why: messageOf(error) };
    }
  }

  /** @returns how long to wait before the next try. */
  #settle(delivery: Delivery): number {
    if (this.#closed) return 0;
    this.#tries += 1;
    if (delivery.kind === 'later' && this.#tries < mostTries) {
      if (this.#tries === 1) this.#env.log.warn(`Cannot tell the webhook: ${delivery.why}; other tries follow`);
      return this.#backOff.next();
    }
    this.#tries = 0;
    this.#backOff.reset();
    this.#waiting.shift();
    if (delivery.kind === 'taken') this.sent += 1;
    else this.#drop(delivery.why);
    return 0;
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#env.after === undefined) setTimeout(resolve, ms).unref();
    else this.#env.after(ms, resolve);
    await promise;
  }

  #drop(why: string): void {
    this.dropped += 1;
    this.#env.log.warn(`An event for the webhook was dropped: ${why}; dropped since the start: ${this.dropped}`);
  }
}
