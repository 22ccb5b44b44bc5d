import type { Plan, PoolPlan, RoutePlan } from '../../proxy/index.ts';

/** What most routes, and most pools, have in common: the defaults. */
const shared: Readonly<{ route: readonly (keyof RoutePlan)[]; pool: readonly (keyof PoolPlan)[] }> = {
  route: ['transport', 'timeouts', 'retries', 'translate', 'hostHeader', 'upgrade', 'listeners', 'path'],
  pool: ['timeouts', 'retries', 'idleConnections', 'limits', 'tls'],
};

/**
 * The same plan, in which settings that are equal are one object: with thousands of routes most of it is defaults, and so it
 * takes less memory and time to be sent to a thread, which keeps what is one object as one.
 */
export function shareEqual(plan: Plan): Plan {
  const known = new Map<string, unknown>();
  return {
    ...plan,
    routes: plan.routes.map((route) => withShared(route, shared.route, known)),
    pools: plan.pools.map((pool) => withShared(pool, shared.pool, known)),
  };
}

function withShared<T extends object>(part: T, keys: readonly (keyof T)[], known: Map<string, unknown>): T {
  const copy = { ...part };
  for (const key of keys) {
    const value = part[key];
    if (typeof value !== 'object' || value === null) continue;
    const text = `${String(key)} ${JSON.stringify(value)}`;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is equal to the value, and of the same key
    const same = known.get(text) as typeof value | undefined;
    if (same === undefined) known.set(text, value);
    else copy[key] = same;
  }
  return copy;
}
