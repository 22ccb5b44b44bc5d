/** Bytes that a thread reads at once from a socket. Larger reads cost fewer system calls, but the buffers fall out of the CPU's cache. */
export const READ_BYTES = 65_536;

/** Room before and after a read's bytes for a head or chunk framing, so that all leaves in one write. */
export const FRAMING_BYTES = 4096;

const KEPT = 64;

/** Of each buffer of a pool. */
export const PAGE_BYTES: number = READ_BYTES + FRAMING_BYTES;

/**
 * Buffers for bytes that the kernel did not take at once: each holds one read and its framing.
 *
 * (1) `take` gives a buffer that nobody else holds. (2) Whoever took it gives it back once, when no write refers to it any
 * more; one that is dropped instead is the garbage collector's. (3) At most 64 wait here for their next use, all of one size.
 */
export class BufferPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    // Slow: not cut from Node's shared slab, which a 64 kB piece would not fit anyway.
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(PAGE_BYTES);
  }

  give(buffer: Buffer): void {
    if (this.#free.length < KEPT && buffer.length === PAGE_BYTES) this.#free.push(buffer);
  }
}
