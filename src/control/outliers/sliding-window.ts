import { addCounts, noCounts, type Counts } from './wrapping-counts.ts';

/** A window has so many parts: it slides by a tenth of its length. */
const parts = 10;

/** Adds up what came within the last so many ms, give or take a tenth. */
export class SlidingWindow {
  readonly #partMs: number;
  /** Oldest first; the last one is being filled. */
  #parts: Counts[] = [noCounts];
  #partBegan: number;

  constructor(windowMs: number, now: number) {
    this.#partMs = windowMs / parts;
    this.#partBegan = now;
  }

  add(counts: Counts, now: number): void {
    this.#slide(now);
    this.#parts.push(addCounts(this.#parts.pop()!, counts));
  }

  sum(now: number): Counts {
    this.#slide(now);
    return this.#parts.reduce(addCounts);
  }

  /** What came so far is forgotten. */
  clear(now: number): void {
    this.#parts = [noCounts];
    this.#partBegan = now;
  }

  #slide(now: number): void {
    const steps = Math.floor((now - this.#partBegan) / this.#partMs);
    if (steps <= 0) return;
    this.#partBegan += steps * this.#partMs;
    for (let i = 0; i < Math.min(steps, parts); i++) this.#parts.push(noCounts);
    this.#parts = this.#parts.slice(-parts);
  }
}
