/** How many items two lists have in common at their ends. */
export interface SameEnds {
  readonly start: number;
  /** Of those behind `start`. */
  readonly end: number;
}

/** Lists that follow one another often differ in one place: what is before it and behind it need not be looked up. */
export function sameEnds(a: readonly object[], b: readonly object[]): SameEnds {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start++;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return { start, end };
}
