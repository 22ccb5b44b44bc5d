import type { ClientTimeouts, Http2ListenerPlan } from '../../plan.ts';

/** What has taken too long. */
export type Over = 'head' | 'idle' | 'silence' | 'pong' | 'look' | undefined;

/** How far the client's bytes have been read. */
interface ReadSoFar {
  readonly greeted: boolean;
  readonly midway: boolean;
}

/**
 * What a connection waits for, since when: one deadline serves for all of it. Times are the thread's, in ms.
 *
 * - the preface, and each header block, within `headMs` of its first byte;
 * - a stream, within `keepAliveMs`, where there is none;
 * - where there are streams: any byte within `pingAfterMs`, after which it is asked for one, and has `pingTimeoutMs`;
 * - and every `writeMs` a look at who gets no room to send.
 */
export class ConnectionWaits {
  /** An answer has moved on since the last look. */
  moved = true;
  /** When what is being read began; 0: nothing is. */
  #headAt: number;
  /** A byte has come at all. */
  #begun = false;
  #readAt: number;
  #idleAt: number;
  /** 0: no PING is on its way. */
  #pingAt = 0;
  #lookedAt = 0;

  constructor(now: number) {
    this.#headAt = this.#readAt = this.#idleAt = now;
  }

  /** The client has sent something. */
  get begun(): boolean {
    return this.#begun;
  }

  bytesCame(now: number): void {
    this.#begun = true;
    this.excuse(now);
  }

  readTo({ greeted, midway }: ReadSoFar, now: number): void {
    if (greeted && !midway) this.#headAt = 0;
    else if (this.#headAt === 0) this.#headAt = now;
  }

  /** When the head began that has just been read. */
  headBegan(now: number): number {
    return this.#headAt === 0 ? now : this.#headAt;
  }

  workBegan(now: number): void {
    this.#lookedAt = now;
    this.moved = true;
  }

  workEnded(now: number): void {
    this.#idleAt = now;
    this.#pingAt = 0;
  }

  /** It is there, or what was sent waits in front of it: then its silence says nothing, and a PING would wait there, too. */
  excuse(now: number): void {
    this.#readAt = now;
    if (this.#pingAt !== 0) this.#pingAt = now;
  }

  pinged(now: number): void {
    this.#pingAt = now;
  }

  pingCame(): void {
    this.#pingAt = 0;
  }

  looked(now: number): void {
    this.#lookedAt = now;
    this.moved = false;
  }

  /** When `over` may say something. */
  due(streams: number, timeouts: ClientTimeouts, http2: Http2ListenerPlan): number {
    const head = this.#headAt === 0 ? Infinity : this.#headAt + timeouts.headMs;
    if (streams === 0) return Math.min(head, this.#idleAt + timeouts.keepAliveMs);
    return Math.min(head, this.#silenceAt(http2), this.#lookedAt + timeouts.writeMs);
  }

  over(now: number, streams: number, timeouts: ClientTimeouts, http2: Http2ListenerPlan): Over {
    if (this.#headAt !== 0 && now >= this.#headAt + timeouts.headMs) return 'head';
    if (streams === 0) return now >= this.#idleAt + timeouts.keepAliveMs ? 'idle' : undefined;
    if (now >= this.#silenceAt(http2)) return this.#pingAt === 0 ? 'silence' : 'pong';
    return now >= this.#lookedAt + timeouts.writeMs ? 'look' : undefined;
  }

  #silenceAt({ pingAfterMs, pingTimeoutMs }: Http2ListenerPlan): number {
    if (this.#pingAt !== 0) return this.#pingAt + pingTimeoutMs;
    return pingAfterMs === 0 ? Infinity : this.#readAt + pingAfterMs;
  }
}
