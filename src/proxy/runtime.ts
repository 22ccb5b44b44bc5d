import { ForwardingSettings } from './forwarding/settings.ts';
import { Router } from './match/router.ts';
import type { FeatureEnv } from './middleware/feature.ts';
import { createPicker } from './pick/registry.ts';
import type { Plan, PoolPlan } from './plan.ts';
import { FeatureSet } from './route-hooks.ts';
import { Pool } from './upstream/pool.ts';
import type { ServerEnv } from './upstream/server.ts';

export interface RuntimeEnv extends ServerEnv, Pick<FeatureEnv, 'log' | 'disk'> {
  readonly clock: ServerEnv['clock'];
}

/** What a plan is at run time. Exchanges read it once, when they begin, and keep it to their end. */
export interface Runtime {
  readonly plan: Plan;
  readonly router: Router;
  readonly forwarding: ForwardingSettings;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly features: FeatureSet;
  /** Tells of a defect that ended no more than one exchange. */
  readonly bug: (error: unknown) => void;
}

/**
 * Builds the runtime of a plan. A pool whose plan is equal to the one in force is taken over with its connections and
 * counters; `names` are the addresses known so far. Nothing of `current` is changed.
 */
export function buildRuntime(
  plan: Plan,
  current: Runtime | undefined,
  names: ReadonlyMap<string, readonly string[]>,
  env: RuntimeEnv,
): Runtime {
  const pools = new Map<string, Pool>();
  for (const pool of plan.pools) pools.set(pool.name, equalPool(pool, current) ?? newPool(pool, names, env));
  return {
    plan,
    router: new Router(plan.routes),
    forwarding: new ForwardingSettings(plan.forwarding, plan.instance),
    pools,
    features: new FeatureSet(plan.routes, current?.features, featureEnvOf(env)),
    bug: (error) => env.bug(error),
  };
}

function featureEnvOf(env: RuntimeEnv): FeatureEnv {
  const { clock, log, disk } = env;
  const turn = (action: () => void): void => {
    clock.refresh();
    try {
      action();
    } catch (error) {
      env.bug(error);
    }
  };
  return { clock, log, disk, turn };
}

/** Ends what `next` has not taken over: no exchange will come to it any more. */
export function retire(old: Runtime | undefined, next: Runtime): void {
  old?.features.retire(next.features);
  for (const [name, pool] of old?.pools ?? []) if (next.pools.get(name) !== pool) pool.retire();
}

function equalPool(plan: PoolPlan, current: Runtime | undefined): Pool | undefined {
  const pool = current?.pools.get(plan.name);
  // Plans are plain data with keys in one order, so equal text is an equal plan.
  return pool && JSON.stringify(pool.plan) === JSON.stringify(plan) ? pool : undefined;
}

function newPool(plan: PoolPlan, names: ReadonlyMap<string, readonly string[]>, env: ServerEnv): Pool {
  const pool = new Pool(plan, createPicker(plan.balance), env);
  for (const { address } of plan.servers) {
    const addresses = address.kind === 'tcp' ? names.get(address.host) : undefined;
    if (address.kind === 'tcp' && addresses) pool.setAddresses(address.host, addresses);
  }
  return pool;
}
