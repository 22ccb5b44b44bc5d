/** How much disk the exchanges of a thread have taken together. Whoever takes gives back. */
export class DiskBudget {
  #used = 0;

  /** Bytes. */
  get used(): number {
    return this.#used;
  }

  /** @returns false, and takes nothing, where more than `most` would be in use then. */
  take(bytes: number, most: number): boolean {
    if (this.#used + bytes > most) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}
