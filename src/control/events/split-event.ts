import type { SplitChange } from '../servers/split-board.ts';

/** The pools that share the requests of a route weigh something else now. */
export interface SplitEvent {
  readonly event: 'split-changed';
  /** ISO 8601. */
  readonly at: string;
  readonly route: string;
  readonly pools: readonly { readonly pool: string; readonly weight: number; readonly before: number }[];
  /** In words, without a full stop. */
  readonly why: string;
}

/** @param at in ms since 1970. */
export function splitEvent({ route, before, after, why }: SplitChange, at: number): SplitEvent {
  const pools = after.map(({ pool, weight }, i) => ({ pool, weight, before: before[i]!.weight }));
  return { event: 'split-changed', at: new Date(at).toISOString(), route, pools, why };
}
