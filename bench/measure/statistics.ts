/** Smallest, middle and largest of some measurements. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Undefined for no measurements. The median of an even number is the mean of the two in the middle. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const min = sorted[0];
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const upper = sorted[sorted.length >> 1] ?? max;
  const lower = sorted[(sorted.length - 1) >> 1] ?? min;
  return { min, median: (lower + upper) / 2, max };
}

/**
 * The ratio of each pair, and of these the spread: noise that lasts longer than a round hits both sides of a pair, and so falls out.
 * A pair with a missing side (an invalid round) is left out.
 */
export function pairedRatios(
  subject: readonly (number | undefined)[],
  against: readonly (number | undefined)[],
): Spread | undefined {
  const ratios: number[] = [];
  for (const [round, value] of subject.entries()) {
    const other = against[round];
    if (value !== undefined && other !== undefined && other > 0) ratios.push(value / other);
  }
  return spreadOf(ratios);
}
