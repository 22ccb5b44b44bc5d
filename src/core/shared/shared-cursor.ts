/**
 * A place that goes round a list, one for all threads: every step is taken by exactly one of them.
 *
 * There is no lock and no ticket that could be lost: a thread that dies has taken its step or has not. As the place itself is
 * what is stored, nothing grows and nothing wraps.
 */
export class SharedCursor {
  readonly #word: Int32Array;

  /** @param word one of shared memory that is 0 at first; default: memory of its own, for one thread alone. */
  constructor(word: Int32Array = new Int32Array(1)) {
    this.#word = word;
  }

  /** Where the next step begins. Another thread may have gone on already: `step` tells. */
  get place(): number {
    return this.#word[0]!;
  }

  /** Goes from one place to another, unless it was moved meanwhile. @returns where it stood: `from`, if the step was taken. */
  step(from: number, to: number): number {
    return Atomics.compareExchange(this.#word, 0, from, to);
  }
}
