import { PAGE_BYTES, type BufferPool } from '../../core/buffer-pool.ts';

/** Room for what is kept, at first. */
const FEW_BYTES = 4096;

/** From here on a buffer of the pool is no waste. Large ones of their own, one for each read, would keep the garbage collector busy. */
const MANY_BYTES = 16_384;

/** Bytes that wait, one behind the other in one buffer: what comes may be as small as a byte each time. */
export class HeldBytes {
  readonly #pool: BufferPool;
  #buffer: Buffer;
  #from = 0;
  #to = 0;

  /** Copies `bytes[from..]`. */
  constructor(bytes: Buffer, from: number, pool: BufferPool) {
    this.#pool = pool;
    // What waits mostly stays alone: no more is taken than it needs.
    this.#buffer = this.#take(Math.max(bytes.length - from, FEW_BYTES));
    this.#to = bytes.copy(this.#buffer, 0, from);
  }

  get length(): number {
    return this.#to - this.#from;
  }

  /** All of them, lent until the next call. */
  get view(): Buffer {
    return this.#buffer.subarray(this.#from, this.#to);
  }

  /** More come behind; they are copied. */
  add(bytes: Buffer): void {
    if (this.#buffer.length - this.#to < bytes.length) this.#makeRoom(bytes.length);
    this.#to += bytes.copy(this.#buffer, this.#to);
  }

  /** The first so many are not needed any more. */
  drop(count: number): void {
    this.#from += count;
  }

  /** Nothing of it is needed any more: not to be used again. */
  free(): void {
    this.#pool.give(this.#buffer);
  }

  #take(bytes: number): Buffer {
    return bytes > MANY_BYTES && bytes <= PAGE_BYTES ? this.#pool.take() : Buffer.allocUnsafe(bytes);
  }

  #makeRoom(bytes: number): void {
    const { length } = this;
    const needed = length + bytes;
    const fits = needed <= this.#buffer.length && this.#from >= length;
    const buffer = fits ? this.#buffer : this.#take(Math.max(needed, 2 * length));
    this.#buffer.copy(buffer, 0, this.#from, this.#to);
    if (!fits) this.#pool.give(this.#buffer);
    this.#buffer = buffer;
    this.#from = 0;
    this.#to = length;
  }
}
