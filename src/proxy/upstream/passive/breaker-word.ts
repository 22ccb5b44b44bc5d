import type { SharedRow } from '../../../core/shared/shared-rows.ts';
import { PoolField } from '../../server-state.ts';

/** What a circuit breaker lets through: all, a few that try out whether it may close, nothing. */
export type BreakerState =
  | { readonly state: 'closed' }
  | { readonly state: 'half-open' }
  /** `until`: milliseconds since 1970. */
  | { readonly state: 'open'; readonly until: number };

/** In the pool's row: closed, half-open, or the second since 1970 until which it is open. */
const closed = 0;
const halfOpen = 1;

/** It is closed: all that most exchanges ask. */
export function isClosed(row: SharedRow): boolean {
  return row.get(PoolField.breaker) === closed;
}

export function readBreaker(row: SharedRow): BreakerState {
  const word = row.get(PoolField.breaker) >>> 0;
  if (word === closed) return { state: 'closed' };
  return word === halfOpen ? { state: 'half-open' } : { state: 'open', until: word * 1000 };
}

/** To be called by main alone. */
export function writeBreaker(row: SharedRow, breaker: BreakerState): void {
  if (breaker.state === 'open') row.set(PoolField.breaker, Math.ceil(breaker.until / 1000) | 0);
  else row.set(PoolField.breaker, breaker.state === 'closed' ? closed : halfOpen);
}
