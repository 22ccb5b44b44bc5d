/** Whole lines on their way to the file. */
export interface Batch {
  readonly bytes: Buffer;
  /** Bytes of `bytes` that hold lines. */
  used: number;
  lines: number;
}

/**
 * Bytes of a batch, unless one line alone is longer. A write costs its way to a thread of libuv's pool and back, hardly more
 * for many bytes than for few: batches of 256 kB make a quarter of the writes of ones of 64 kB.
 */
export const batchBytes: number = 256 * 1024;
/** Bytes of a batch where lines come faster than they are written: fewer writes catch up sooner. */
const mostBatchBytes = 1024 * 1024;

/**
 * Lines that wait to be written, as bytes in batches, oldest first.
 *
 * A line becomes bytes at once: kept as a string it would hold on to the head that its parts were cut from, which is many
 * times its size. Invariant: a batch holds whole lines only, and all batches together at most `maxBytes`.
 */
export class LineBuffer {
  readonly #maxBytes: number;
  readonly #full: Batch[] = [];
  #current: Batch | undefined;
  #spare: Buffer | undefined;
  #waiting = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get waitingBytes(): number {
    return this.#waiting;
  }

  /** Adds a line, a string of bytes (latin1) with its newline. False: there is no room, it was not taken. */
  add(line: string): boolean {
    const bytes = line.length;
    if (this.#waiting + bytes > this.#maxBytes) return false;
    const batch = this.#batchFor(bytes);
    batch.bytes.write(line, batch.used, 'latin1');
    batch.used += bytes;
    batch.lines += 1;
    this.#waiting += bytes;
    return true;
  }

  /** The oldest batch; it is the caller's from now on. */
  take(): Batch | undefined {
    const batch = this.#full.shift() ?? this.#current;
    if (batch === undefined) return undefined;
    if (batch === this.#current) this.#current = undefined;
    this.#waiting -= batch.used;
    return batch;
  }

  /** The batch has been written: its memory serves again. */
  giveBack(batch: Batch): void {
    if (batch.bytes.length === batchBytes) this.#spare = batch.bytes;
  }

  #batchFor(bytes: number): Batch {
    const current = this.#current;
    if (current !== undefined && current.used + bytes <= current.bytes.length) return current;
    if (current !== undefined) this.#full.push(current);
    this.#current = { bytes: this.#memory(bytes), used: 0, lines: 0 };
    return this.#current;
  }

  #memory(bytes: number): Buffer {
    const size = Math.max(bytes, batchBytes, Math.min(this.#waiting, mostBatchBytes));
    const spare = this.#spare;
    if (spare === undefined || size > batchBytes) return Buffer.allocUnsafeSlow(size);
    this.#spare = undefined;
    return spare;
  }
}
