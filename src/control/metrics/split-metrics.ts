import type { SplitShare } from '../servers/split-board.ts';
import type { Exposition } from './exposition.ts';

/** What the pools of each split have now. */
export interface SplitWeights {
  readonly routes: readonly string[];
  get(route: string): readonly SplitShare[] | undefined;
  changesOf(route: string): number;
}

export function writeSplits(out: Exposition, splits: SplitWeights): void {
  if (splits.routes.length === 0) return;
  out.metric('postern_split_weight', 'gauge', 'What a pool weighs among those that share the requests of a route.');
  for (const route of splits.routes) {
    for (const { pool, weight } of splits.get(route) ?? []) out.sample('postern_split_weight', { route, pool }, weight);
  }
  out.metric('postern_split_changes_total', 'counter', 'How often the weights of a split were changed at run time.');
  for (const route of splits.routes) out.sample('postern_split_changes_total', { route }, splits.changesOf(route));
}
