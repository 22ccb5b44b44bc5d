/** After so long an old value counts two fifths. */
const decayMs = 10_000;

/**
 * An average of times that rises at once and falls slowly: a value above it takes its place, those below pull it down by how
 * long ago the last one was. Without new values it falls too, so that nobody is avoided for ever for what was once.
 */
export class PeakEwma {
  #value = 0;
  #at = 0;

  /** False: nothing was seen. */
  get known(): boolean {
    return this.#at !== 0;
  }

  /** @param ms what was seen. @param now the clock, in ms, above 0. */
  observe(ms: number, now: number): void {
    const left = this.at(now);
    const share = left === 0 ? 0 : left / this.#value;
    this.#value = Math.max(ms, left + ms * (1 - share), least);
    this.#at = now;
  }

  /** The average at this time, in ms; 0 where nothing was seen. */
  at(now: number): number {
    // Nearly e to the power of the age, also where that is great: after a second of silence a server that answers within a
    // millisecond is back in a minute or two, and not in a quarter of an hour.
    const root = 1 + (now - this.#at) * (1 / (16 * decayMs));
    const fourth = root * root * (root * root);
    const eighth = fourth * fourth;
    return this.#value / (eighth * eighth);
  }
}

/** Clocks are coarse: 0 would say that nothing was seen, and be less than anything however busy. */
const least = 0.1;
