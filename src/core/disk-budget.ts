import { SharedCount } from './shared/shared-count.ts';

/** What is taken of the common number at once: 4 kB, so that an Int32 counts 8 TB. */
const blockBytes = 4096;

/** How much disk the exchanges of a process have taken together. Whoever takes gives back. */
export class DiskBudget {
  readonly #blocks: SharedCount;
  #used = 0;

  /** @param blocks what all threads share; default: this one is alone. */
  constructor(blocks: SharedCount = new SharedCount(SharedCount.allocate(1), 0)) {
    this.#blocks = blocks;
  }

  /** Bytes that this thread has taken. */
  get used(): number {
    return this.#used;
  }

  /** @returns false, and takes nothing, where more than `most` would be in use then by all threads. */
  take(bytes: number, most: number): boolean {
    const used = this.#used + bytes;
    const more = blocksOf(used) - this.#blocks.own;
    if (used > most || (more > 0 && !this.#blocks.take(blocksOf(most), more))) return false;
    this.#used = used;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
    const free = this.#blocks.own - blocksOf(this.#used);
    if (free > 0) this.#blocks.give(free);
  }
}

function blocksOf(bytes: number): number {
  return Math.ceil(bytes / blockBytes);
}
