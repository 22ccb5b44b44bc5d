import type { BackOffPlan } from '../../retry-plan.ts';

/** Pause before the `n`th attempt after the first. @param random from 0 to below 1. */
export function backOffMs({ baseMs, maxMs }: BackOffPlan, n: number, random: number): number {
  return random * Math.min(maxMs, (2 ** n - 1) * baseMs);
}

/**
 * The pause that an answer asks for (RFC 9110 section 10.2.3), in ms; 0: none. A date counts as a long one: whoever writes a date
 * does not mean some milliseconds.
 */
export function retryAfterMs(value: string | undefined): number {
  if (value === undefined) return 0;
  return /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Infinity;
}
