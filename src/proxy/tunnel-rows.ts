import { allocatePiece, SharedRow, type RowsMemory } from '../core/shared/shared-rows.ts';
import type { RoutePlan } from './plan.ts';

/** Fields of the row of a route whose tunnels are bounded. */
export const TunnelField = {
  /** Open now, or asked for. Counted by thread. */
  open: 0,
} as const;

/** Where the rows of a plan are, by route, as they are given to a thread. */
export interface TunnelRows {
  readonly memory: RowsMemory;
  readonly routes: ReadonlyMap<string, number>;
}

/** Names of the routes that bound their tunnels. */
export function boundedTunnels(routes: readonly RoutePlan[]): readonly string[] {
  return routes.filter(({ tunnel }) => tunnel !== undefined && tunnel.max > 0).map(({ name }) => name);
}

/** The rows of routes that bound their tunnels, by name, as one thread sees them. */
export type RowsByRoute = ReadonlyMap<string, SharedRow>;

/**
 * The rows of all routes of a plan that have one.
 *
 * @param rows undefined: nothing is shared with other threads.
 * @param place of the thread.
 * @param before those of the plan before, for routes that share theirs with no thread.
 */
export function rowsOfTunnels(
  routes: readonly RoutePlan[],
  { rows, place }: { readonly rows: TunnelRows | undefined; readonly place: number },
  before: RowsByRoute | undefined,
): RowsByRoute {
  const found = new Map<string, SharedRow>();
  for (const name of boundedTunnels(routes)) {
    const row = rows?.routes.get(name);
    const own = row === undefined ? before?.get(name) : new SharedRow(rows!.memory, row, place);
    found.set(name, own ?? rowAlone());
  }
  return found;
}

/** For one data plane alone. */
function rowAlone(): SharedRow {
  return new SharedRow({ places: 1, pieces: [allocatePiece(1)] }, 0, 0);
}
