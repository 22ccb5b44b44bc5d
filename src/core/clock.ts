/** Time, handed in so that tests can turn it. */
export interface Clock {
  /** Milliseconds that never go backwards, with fractions; no relation to the date. */
  now(): number;
  /** Milliseconds since 1970. */
  date(): number;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
};
