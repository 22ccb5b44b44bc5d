/** Waiting for a set to be empty: a stop may come in the middle of a drain, and each waits. */
export class Emptiness {
  readonly #set: { readonly size: number };
  readonly #waiting: Set<() => void> = new Set();

  constructor(set: { readonly size: number }) {
    this.#set = set;
  }

  /** Something has left the set. */
  look(): void {
    if (this.#set.size === 0) for (const done of this.#waiting) done();
  }

  /** Resolves when it is empty, or after `ms`. */
  within(ms: number): Promise<void> {
    if (this.#set.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(done);
    });
  }
}
