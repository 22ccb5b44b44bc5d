import type { SharedRow } from '../../../core/shared/shared-rows.ts';
import type { StreakKind } from '../../data-event.ts';
import type { OutliersPlan } from '../../passive-plan.ts';
import { ServerField } from '../../server-state.ts';
import type { Outcome } from './outcome.ts';

/** Longest streaks that are told of; 0: that kind is not counted. */
export type StreakLimits = Pick<
  OutliersPlan,
  'consecutiveFailures' | 'consecutiveGatewayFailures' | 'consecutiveUnanswered'
>;

/** A streak that has become as long as it may. */
export interface FullStreak {
  readonly kind: StreakKind;
  readonly length: number;
}

/** Three counts stand in one word, so that one look tells a good answer that there is nothing to forget. */
const bits = 10;
const mask = (1 << bits) - 1;

/** Longest streak that the word has room for. */
export const longestStreak: number = mask - 1;

/** A good answer: whatever was counted is forgotten. */
export function endStreaks(row: SharedRow): void {
  if (row.get(ServerField.streaks) !== 0) row.set(ServerField.streaks, 0);
}

/**
 * Counts a failure. Over all threads, exactly one of them gets each streak that is full: what is full begins anew in the same
 * step.
 */
export function addToStreaks(
  row: SharedRow,
  outcome: Exclude<Outcome, 'good'>,
  limits: StreakLimits,
): FullStreak | undefined {
  for (;;) {
    const word = row.get(ServerField.streaks);
    const failures = next(word & mask, limits.consecutiveFailures);
    const gateway = outcome === 'failed' ? 0 : next((word >> bits) & mask, limits.consecutiveGatewayFailures);
    const unanswered = outcome === 'unanswered' ? next((word >> (2 * bits)) & mask, limits.consecutiveUnanswered) : 0;
    const full = fullOf(failures, gateway, unanswered, limits);
    const after =
      left(failures, limits.consecutiveFailures) |
      (left(gateway, limits.consecutiveGatewayFailures) << bits) |
      (left(unanswered, limits.consecutiveUnanswered) << (2 * bits));
    if (row.swap(ServerField.streaks, word, after) === word) return full;
  }
}

function next(count: number, limit: number): number {
  return limit === 0 ? 0 : count + 1;
}

/** A limit may have become smaller since the last count. */
function left(count: number, limit: number): number {
  return count >= limit ? 0 : count;
}

// oxlint-disable-next-line max-params -- called for each failure, of which there may be very many
function fullOf(failures: number, gateway: number, unanswered: number, limits: StreakLimits): FullStreak | undefined {
  if (unanswered > 0 && unanswered >= limits.consecutiveUnanswered) return { kind: 'unanswered', length: unanswered };
  if (gateway > 0 && gateway >= limits.consecutiveGatewayFailures) return { kind: 'gatewayFailures', length: gateway };
  return failures > 0 && failures >= limits.consecutiveFailures ? { kind: 'failures', length: failures } : undefined;
}
