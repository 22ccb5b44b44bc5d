import { disabledText, type DisabledPart } from '../control/disabled-parts.ts';

/** What does not work, a line each below how many there are; empty: all works. */
export function disabledLines(parts: readonly DisabledPart[]): readonly string[] {
  if (parts.length === 0) return [];
  return [disabledText(parts), ...parts.map(({ kind, name, reason }) => `  ${kind} ${name}: ${reason}`)];
}
