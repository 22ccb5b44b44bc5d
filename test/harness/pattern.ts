import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import type { RawPeer } from './raw-peer.ts';

/** No power of two, so that a piece in the wrong place never fits by chance. */
const period = 1_000_003;

/** Endless random bytes of which any part can be told: each of them is in its place or the test fails. */
export class Pattern {
  readonly #twice: Buffer;
  /** Bytes that came and were right. */
  seen = 0;

  constructor() {
    const once = randomBytes(period);
    this.#twice = Buffer.concat([once, once]);
  }

  /** At most 1,000,003 bytes, copied: whoever gets them may change them. */
  at(offset: number, length: number): Buffer {
    return Buffer.from(this.#view(offset, length));
  }

  /** Checks the bytes that come next. */
  check(chunk: Buffer): void {
    for (let from = 0; from < chunk.length; from += period) {
      const piece = chunk.subarray(from, from + period);
      if (!piece.equals(this.#view(this.seen, piece.length)))
        assert.fail(`other bytes came at ${this.seen} than were sent`);
      this.seen += piece.length;
    }
  }

  #view(offset: number, length: number): Buffer {
    const start = offset % period;
    return this.#twice.subarray(start, start + length);
  }

  /** Sends so many bytes in pieces of the sizes, in turn, each framed by `frame`. */
  async pour(peer: RawPeer, length: number, options: { sizes: readonly number[]; chunked: boolean }): Promise<void> {
    for (let [sent, i] = [0, 0]; sent < length; i++) {
      const piece = this.at(sent, Math.min(options.sizes[i % options.sizes.length]!, length - sent));
      const start = options.chunked
        ? [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]
        : [piece];
      await peer.pour(start.length === 1 ? piece : Buffer.concat(start));
      sent += piece.length;
    }
  }
}
