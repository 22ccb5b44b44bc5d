import { allocatePiece, rowsIn, SharedRow, type RowsMemory } from '../core/shared/shared-rows.ts';
import type { Plan } from './plan.ts';
import type { PoolPlan } from './pool-plan.ts';
import { freshState, writeLimits, writeState } from './server-state.ts';
import type { SplitRows } from './split-rows.ts';
import type { TunnelRows } from './tunnel-rows.ts';

/** Where the rows of a pool are, and those of its servers, in the order of the plan. */
export interface PoolPlaces {
  readonly pool: number;
  readonly servers: readonly number[];
}

/** The rows of all pools of a plan, as they are given to a thread. */
export interface PoolRows {
  readonly memory: RowsMemory;
  readonly pools: ReadonlyMap<string, PoolPlaces>;
  /** Undefined: every split is as the plan says. */
  readonly splits?: SplitRows | undefined;
  /** Undefined: each data plane counts its tunnels alone. */
  readonly tunnels?: TunnelRows | undefined;
}

/** The rows of one pool, as its thread sees them. */
export interface RowsOfPool {
  readonly pool: SharedRow;
  readonly servers: readonly SharedRow[];
}

/** Names of the rows: of the pool, and of each server. */
export function rowNames({ name, servers }: Pick<PoolPlan, 'name' | 'servers'>): readonly [string, readonly string[]] {
  return [`pool ${name}`, servers.map((server) => `server ${name} ${server.name}`)];
}

export function rowsOfPool({ memory, pools }: PoolRows, name: string, place: number): RowsOfPool | undefined {
  const places = pools.get(name);
  if (places === undefined) return undefined;
  return {
    pool: new SharedRow(memory, places.pool, place),
    servers: places.servers.map((row) => new SharedRow(memory, row, place)),
  };
}

/** For one data plane alone: every server is as the plan says. */
export function rowsAlone(plan: Pick<Plan, 'pools'>): PoolRows {
  const pieces: SharedArrayBuffer[] = [];
  const pools = new Map<string, PoolPlaces>();
  let next = 0;
  const take = (): number => {
    if (next >= rowsIn({ places: 1, pieces })) pieces.push(allocatePiece(1));
    return next++;
  };
  for (const { name, servers } of plan.pools) pools.set(name, { pool: take(), servers: servers.map(take) });
  const memory = { places: 1, pieces };
  for (const { name, servers } of plan.pools) {
    for (const [i, number] of pools.get(name)!.servers.entries()) {
      const row = new SharedRow(memory, number, 0);
      writeState(row, freshState(servers[i]!));
      writeLimits(row, servers[i]!.limits);
    }
  }
  return { memory, pools };
}
