import { randomBytes } from 'node:crypto';

/** Random bytes are cheaper by the thousand. */
const poolBytes = 4096;

/** Makes the ids of traces and spans: random, lower-case hex, never all zeros (W3C Trace Context section 3.2.2). */
export class TraceIds {
  readonly #random: (bytes: number) => Buffer;
  #pool = '';
  #at = 0;

  /** @param random for tests; default: the system's. */
  constructor(random: (bytes: number) => Buffer = randomBytes) {
    this.#random = random;
  }

  /** 32 digits. */
  traceId(): string {
    return this.#take(32);
  }

  /** 16 digits. */
  spanId(): string {
    return this.#take(16);
  }

  #take(digits: number): string {
    if (this.#at + digits > this.#pool.length) {
      this.#pool = this.#random(poolBytes).toString('hex');
      this.#at = 0;
    }
    const id = this.#pool.slice(this.#at, this.#at + digits);
    this.#at += digits;
    return /[1-9a-f]/.test(id) ? id : `${id.slice(0, -1)}1`;
  }
}
