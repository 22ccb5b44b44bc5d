import { allocatePiece, rowsIn, SharedRow, type RowsMemory } from '../core/shared/shared-rows.ts';
import type { RoutePlan } from './plan.ts';
import type { SplitPlan } from './split-plan.ts';

/** Fields of a split's row. */
export const SplitField = {
  /** Rises whenever one of its weights changes. */
  epoch: 8,
  /** Place in the round. */
  cursor: 9,
} as const;

/** Fields of the row of each of its pools. */
export const PartField = {
  /** In thousandths. */
  weight: 8,
} as const;

/** Where the rows of a split are, and those of its pools, in the order of the plan. */
export interface SplitPlaces {
  readonly split: number;
  readonly parts: readonly number[];
}

/** The rows of all splits of a plan, by route, as they are given to a thread. */
export interface SplitRows {
  readonly memory: RowsMemory;
  readonly routes: ReadonlyMap<string, SplitPlaces>;
}

/** The rows of one split, as its thread sees them. */
export interface RowsOfSplit {
  readonly split: SharedRow;
  readonly parts: readonly SharedRow[];
}

/** A route whose requests several pools share. */
export type SplitRoute = RoutePlan & { readonly split: SplitPlan };

export function splitsOf(routes: readonly RoutePlan[]): readonly SplitRoute[] {
  return routes.filter((route): route is SplitRoute => route.split !== undefined);
}

export function rowsOfSplit({ memory, routes }: SplitRows, route: string): RowsOfSplit | undefined {
  const places = routes.get(route);
  if (places === undefined) return undefined;
  // No thread holds anything of it: any place will do.
  const row = (number: number): SharedRow => new SharedRow(memory, number, 0);
  return { split: row(places.split), parts: places.parts.map(row) };
}

/** To be called by main alone, which tells the split's epoch afterwards. */
export function writeWeight(row: SharedRow, weight: number): void {
  row.set(PartField.weight, Math.round(weight * 1000));
}

/** For one data plane alone: every weight is as the plan says. */
export function splitAlone({ parts }: SplitPlan): RowsOfSplit {
  const pieces: SharedArrayBuffer[] = [];
  const memory = { places: 1, pieces };
  while (rowsIn(memory) <= parts.length) pieces.push(allocatePiece(1));
  const rows = parts.map((_, i) => new SharedRow(memory, i + 1, 0));
  for (const [i, row] of rows.entries()) writeWeight(row, parts[i]!.weight);
  return { split: new SharedRow(memory, 0, 0), parts: rows };
}
