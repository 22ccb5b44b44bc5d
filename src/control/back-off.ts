/** How long to wait after failures in a row. */
export interface BackOffLimits {
  /** Wait after the first failure, in ms. */
  readonly minMs: number;
  /** Longest wait, in ms. */
  readonly maxMs: number;
}

/**
 * Doubles the wait with each failure, up to a bound, and takes up to a quarter off at random, so that many waiters that
 * failed together do not come back together.
 */
export class BackOff {
  readonly #limits: BackOffLimits;
  readonly #random: () => number;
  #failures = 0;

  /** @param random gives 0 <= n < 1; for tests. */
  constructor(limits: BackOffLimits, random: () => number = Math.random) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Failures since the last `reset`. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts one more failure. @returns the wait in ms. */
  next(): number {
    const doubled = this.#limits.minMs * 2 ** Math.min(this.#failures, 30);
    this.#failures += 1;
    return Math.min(doubled, this.#limits.maxMs) * (1 - this.#random() / 4);
  }

  reset(): void {
    this.#failures = 0;
  }
}
