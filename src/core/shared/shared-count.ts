/** Int32 words from one thread's note to the next: a cache line, so that threads do not slow each other down by writing. */
const stride = 16;

/**
 * A number that all threads of the process share and that none takes past its limit: connections that are open, disk that
 * is in use.
 *
 * Memory: one word with the sum, then a line for each thread with what it holds and whether it wants more. A thread that has died cannot give anything
 * back, so whoever outlives it does, by that note.
 *
 * (1) The sum is changed by compare-and-swap alone, so no two threads get the last unit.
 * (2) Between the swap and the note stands no call, no loop and no allocation: V8 ends a thread at such places only, so a note
 *     is never missing.
 * (3) There is no lock: a thread that dies or hangs at any point keeps nobody waiting.
 */
export class SharedCount {
  readonly #words: Int32Array;
  readonly #own: number;

  /** Memory for so many threads, with nothing taken. */
  static allocate(threads: number): SharedArrayBuffer {
    return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * stride * (threads + 1));
  }

  /** @param thread its place, from 0; no two that live have the same. */
  constructor(memory: SharedArrayBuffer, thread: number) {
    this.#words = new Int32Array(memory);
    this.#own = stride * (thread + 1);
  }

  /** What all threads hold together, at this moment. */
  get sum(): number {
    return this.#words[0]!;
  }

  /** What this thread holds. */
  get own(): number {
    return this.#words[this.#own]!;
  }

  /**
   * Takes so many units where all threads together then hold no more than `limit`. Each that is taken is given back once.
   *
   * @param limit at most 2^31 - 1; a larger one counts as that.
   */
  take(limit: number, units = 1): boolean {
    const words = this.#words;
    const most = Math.min(limit, 0x7fffffff) - units;
    for (;;) {
      const sum = Atomics.load(words, 0);
      if (sum > most) return false;
      if (Atomics.compareExchange(words, 0, sum, sum + units) === sum) {
        words[this.#own]! += units;
        return true;
      }
    }
  }

  give(units = 1): void {
    Atomics.sub(this.#words, 0, units);
    this.#words[this.#own]! -= units;
  }

  /** Says whether this thread waits for units, so that others may give some up. */
  want(wanted: boolean): void {
    Atomics.store(this.#words, this.#own + 1, wanted ? 1 : 0);
  }

  /** Another thread waits for units. */
  get othersWant(): boolean {
    for (let line = stride; line < this.#words.length; line += stride) {
      if (line !== this.#own && Atomics.load(this.#words, line + 1) === 1) return true;
    }
    return false;
  }

  /** Gives back all that this thread held, and it wants no more. To be called by another one, once this one has ended. */
  giveBackAll(): void {
    const units = this.own;
    this.want(false);
    this.#words[this.#own] = 0;
    Atomics.sub(this.#words, 0, units);
  }
}
