import { atOnce, type Piecework } from '../core/piecework.ts';
import { samePlain } from '../core/same-plain.ts';
import { SharedCursor } from '../core/shared/shared-cursor.ts';
import { allocateBonds, bondEnvOf } from './bond-env.ts';
import { ForwardingSettings } from './forwarding/settings.ts';
import { Router } from './match/router.ts';
import type { FeatureEnv } from './middleware/feature.ts';
import type { Functions, LoadedModules } from './middleware/module/load-modules.ts';
import { createPicker } from './pick/registry.ts';
import { rowsAlone, rowsOfPool, type PoolRows } from './pool-rows.ts';
import type { Plan, PlanParts } from './plan.ts';
import type { PoolPlan } from './pool-plan.ts';
import type { CallTime } from './grpc-call.ts';
import { FeatureSet } from './route-hooks.ts';
import { PoolField } from './server-state.ts';
import { rowsOfSplit, splitAlone, splitsOf } from './split-rows.ts';
import { Split } from './split.ts';
import { rowsOfTunnels, type RowsByRoute } from './tunnel-rows.ts';
import { Tunnels } from './tunnel/tunnels.ts';
import type { LoadShedder } from './shed/load-shedder.ts';
import { Pool } from './upstream/pool.ts';
import type { ServerEnv } from './upstream/server-env.ts';
import type { Server } from './upstream/server.ts';

export interface RuntimeEnv extends ServerEnv, Pick<FeatureEnv, 'log' | 'disk' | 'passwords'> {
  readonly clock: ServerEnv['clock'];
  /** What pools and servers share with those of other threads; undefined: nothing. */
  readonly rows?: PoolRows | undefined;
  /** Undefined: nothing is ever refused because there is too much to do. */
  readonly shedder?: LoadShedder;
  /** Undefined: each runtime has its own. */
  readonly tunnels?: Tunnels;
  /** Of the thread in it. */
  readonly place?: number;
  /** Middleware of the program which the proxy is a part of. */
  readonly functions?: Functions | undefined;
}

/** What a plan is at run time. Exchanges read it once, when they begin, and keep it to their end. */
export interface Runtime {
  readonly plan: Plan;
  readonly router: Router;
  readonly forwarding: ForwardingSettings;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly features: FeatureSet;
  readonly shedder?: LoadShedder | undefined;
  /** Of routes whose requests several pools share, by name. */
  readonly splits: ReadonlyMap<string, Split>;
  readonly tunnels: Tunnels;
  /** What is counted of routes that bound their tunnels. */
  readonly tunnelRows: RowsByRoute;
  /** What deadlines of callers go by. */
  readonly time: CallTime;
  /** Tells of a defect that ended no more than one exchange. */
  readonly bug: (error: unknown) => void;
}

/** What of a runtime takes long to build where there is much of it. */
export type RuntimeParts = Pick<Runtime, 'router' | 'pools' | 'features' | 'splits' | 'tunnelRows'>;

/** What it is built from, beside the plan. */
export interface Ground {
  /** The one in force. */
  readonly current: Runtime | undefined;
  /** The addresses known so far. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** Takes the pools as they are made: whoever learns of addresses meanwhile tells these, too. */
  readonly pools?: Map<string, Pool>;
  /** Middleware of people's own; undefined: it is not to be run. */
  readonly modules?: LoadedModules;
}

/**
 * Builds the parts of a runtime in pieces. What is equal in the one in force is taken over: pools with their connections and
 * counters, features, tables of routes; where the list of pools or of routes is the very list in force, all that was made of
 * it, without a look at each. Nothing of the one in force is changed.
 */
export function* runtimeParts(plan: PlanParts, ground: Ground, env: RuntimeEnv): Piecework<RuntimeParts> {
  const { current } = ground;
  const samePools = current?.plan.pools === plan.pools;
  const pools = samePools ? current.pools : yield* poolsFor(plan.pools, ground, env);
  if (current?.plan.routes !== plan.routes) return { pools, ...(yield* routeParts(plan.routes, pools, ground, env)) };
  const { router, splits, tunnelRows, features } = current;
  return { pools, router, splits: samePools ? splits : splitsFor(plan.routes, pools, env), tunnelRows, features };
}

function* poolsFor(
  plans: PlanParts['pools'],
  { current, names, pools = new Map() }: Ground,
  env: RuntimeEnv,
): Piecework<RuntimeParts['pools']> {
  for (const plan of plans) {
    const before = current?.pools.get(plan.name);
    const same = before !== undefined && samePlain(before.plan, plan);
    pools.set(plan.name, same ? before : newPool(plan, names, env, before));
    yield;
  }
  return pools;
}

function* routeParts(
  routes: PlanParts['routes'],
  pools: RuntimeParts['pools'],
  { current, modules }: Ground,
  env: RuntimeEnv,
): Piecework<Omit<RuntimeParts, 'pools'>> {
  const router = yield* Router.building(routes, current?.router);
  const splits = splitsFor(routes, pools, env);
  yield;
  const rows = { rows: env.rows?.tunnels, place: env.place ?? 0 };
  const tunnelRows = rowsOfTunnels(routes, rows, current?.tunnelRows);
  yield;
  // At last: features are what may fail, and what has to be closed.
  const features = yield* FeatureSet.building(routes, current?.features, featureEnvOf(env, modules));
  return { router, splits, tunnelRows, features };
}

/** Makes a runtime of its parts. @throws TypeError where an address range cannot be read. */
export function runtimeOf(plan: Plan, parts: RuntimeParts, env: RuntimeEnv): Runtime {
  const forwarding = new ForwardingSettings(plan.forwarding, plan.instance);
  const { shedder, tunnels = new Tunnels(env) } = env;
  return { plan, forwarding, ...parts, shedder, tunnels, time: env, bug: (error) => env.bug(error) };
}

/** Builds the runtime of a plan without a pause. @internal */
export function buildRuntime(
  plan: Plan,
  current: Runtime | undefined,
  names: ReadonlyMap<string, readonly string[]>,
  env: RuntimeEnv,
): Runtime {
  return runtimeOf(plan, atOnce(runtimeParts(plan, { current, names }, env)), env);
}

function featureEnvOf(env: RuntimeEnv, modules: LoadedModules | undefined): FeatureEnv {
  const { clock, log, disk, passwords, wheel } = env;
  const turn = (action: () => void): void => {
    clock.refresh();
    try {
      action();
    } catch (error) {
      env.bug(error);
    }
  };
  return { clock, log, disk, passwords, turn, wheel, modules };
}

/**
 * The change from one runtime to the next, once `next` is in force: its new pools follow their plans, and then what it
 * has not taken over is ended. No exchange will come to that any more.
 */
export function* retiring(old: Runtime | undefined, next: Runtime): Piecework<void> {
  const pools = old?.pools ?? new Map<string, Pool>();
  yield* beginningNew(pools, next.pools);
  if (old?.features !== next.features) old?.features.retire(next.features);
  yield;
  yield* retiringGone(pools, next.pools);
}

function* beginningNew(old: Runtime['pools'], next: Runtime['pools']): Piecework<void> {
  if (old === next) return;
  for (const [name, pool] of next) {
    if (old.get(name) !== pool) pool.begin();
    yield;
  }
}

function* retiringGone(old: Runtime['pools'], next: Runtime['pools']): Piecework<void> {
  if (old === next) return;
  for (const [name, pool] of old) {
    const successor = next.get(name);
    if (successor !== pool) pool.retire(successor);
    yield;
  }
}

/** Ends what `next` has not taken over, without a pause. @internal */
export function retire(old: Runtime | undefined, next: Runtime): void {
  atOnce(retiring(old, next));
}

/** Made anew with each plan: what they have is in shared memory. */
function splitsFor(routes: PlanParts['routes'], pools: ReadonlyMap<string, Pool>, env: RuntimeEnv): Runtime['splits'] {
  const splits = new Map<string, Split>();
  for (const route of splitsOf(routes)) {
    const shared = env.rows?.splits && rowsOfSplit(env.rows.splits, route.name);
    const { clock, bonds = bondEnvOf(allocateBonds()) } = env;
    splits.set(route.name, new Split({ route, pools, rows: shared ?? splitAlone(route.split), env: { clock, bonds } }));
  }
  return splits;
}

function newPool(plan: PoolPlan, names: ReadonlyMap<string, readonly string[]>, env: RuntimeEnv, before?: Pool): Pool {
  const shared = env.rows && rowsOfPool(env.rows, plan.name, env.place ?? 0);
  const rows = shared ?? rowsOfPool(rowsAlone({ pools: [plan] }), plan.name, 0)!;
  const cursor = new SharedCursor(rows.pool.cell(PoolField.cursor));
  const picker = createPicker<Server>(plan, { cursor, clock: env.clock });
  const pool = new Pool({ plan, picker, rows, before }, env);
  pool.follow(names);
  return pool;
}
