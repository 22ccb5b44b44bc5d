/** A block is at least this large, so that many small chunks do not cost more than their bytes. */
const smallest = 4096;
export const blockBytes = 65_536;

interface Block {
  readonly bytes: Buffer;
  end: number;
}

/** Bytes in memory, first in, first out. What is pushed is copied. */
export class ByteBlocks {
  readonly #blocks: Block[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    this.#length += chunk.length;
    for (let from = 0; from < chunk.length;) {
      const block = this.#room(chunk.length - from);
      const copied = chunk.copy(block.bytes, block.end, from);
      block.end += copied;
      from += copied;
    }
  }

  /** The oldest bytes, at most 64 kB: they are the caller's. Undefined: there are none. */
  take(): Buffer | undefined {
    const block = this.#blocks.shift();
    if (block === undefined) return undefined;
    this.#length -= block.end;
    return block.bytes.subarray(0, block.end);
  }

  /** Puts back what `take` gave. */
  putBack(bytes: Buffer): void {
    this.#blocks.unshift({ bytes, end: bytes.length });
    this.#length += bytes.length;
  }

  /** Length of what `take` would give. */
  get next(): number {
    return this.#blocks[0]?.end ?? 0;
  }

  clear(): void {
    this.#blocks.length = this.#length = 0;
  }

  #room(wanted: number): Block {
    const last = this.#blocks.at(-1);
    if (last && last.end < last.bytes.length) return last;
    // The second block shows that there is much: it is a large one.
    const size = last ? blockBytes : Math.min(Math.max(wanted, smallest), blockBytes);
    const block = { bytes: Buffer.allocUnsafeSlow(size), end: 0 };
    this.#blocks.push(block);
    return block;
  }
}
