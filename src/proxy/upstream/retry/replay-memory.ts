/** What the bodies of one thread that are kept to be sent again may take together. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Counts the memory of bodies that are kept. Whoever takes gives back. */
export class ReplayMemory {
  readonly #most: number;
  #used = 0;

  constructor(most: number = MOST_BYTES) {
    this.#most = most;
  }

  /** Bytes that are taken. */
  get used(): number {
    return this.#used;
  }

  /** @returns false, and takes nothing, where there is no room. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#most) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}
