import type { Plan } from './plan.ts';
import type { PoolPlan } from './pool-plan.ts';

/** A plan of pools alone. */
export function planOfPools(pools: readonly PoolPlan[]): Plan {
  return {
    instance: 'me',
    listeners: [],
    routes: [],
    pools,
    accessLog: undefined,
    connections: { total: 1, perClient: 0 },
    forwarding: { trustedProxies: [], forwarded: false, via: false },
    graceMs: 0,
  };
}
