import type { PoolState } from '../servers/pool-state.ts';
import type { ServerStatus } from '../servers/server-care.ts';
import type { Exposition } from './exposition.ts';

const breakerStates = { closed: 0, 'half-open': 0.5, open: 1 } as const;

/** Writes what is known of pools as a whole, and what servers were taken out for. */
export function writePoolStates(out: Exposition, pools: readonly PoolState[], servers: readonly ServerStatus[]): void {
  out.metric('postern_pool_breaker_open', 'gauge', '1: the circuit breaker of the pool is open; 0.5: it is tried out.');
  for (const { pool, breaker } of pools) {
    if (breaker !== undefined) out.sample('postern_pool_breaker_open', { pool }, breakerStates[breaker.state]);
  }
  out.metric('postern_pool_panic', 'gauge', '1: so few servers of the pool are up that all of them are used.');
  for (const { pool, panic } of pools) out.sample('postern_pool_panic', { pool }, panic ? 1 : 0);
  out.metric('postern_pool_state_changes_total', 'counter', 'What has happened to pools, by what it was.');
  for (const { pool, changes } of pools) {
    for (const [event, count] of Object.entries(changes)) {
      out.sample('postern_pool_state_changes_total', { pool, event }, count);
    }
  }
  out.metric('postern_server_ejections_total', 'counter', 'How often servers were taken out, by what for.');
  for (const { pool, server, ejections } of servers) {
    for (const [why, count] of Object.entries(ejections ?? {})) {
      out.sample('postern_server_ejections_total', { pool, server, why }, count);
    }
  }
}
