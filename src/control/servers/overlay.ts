import type { PoolPlan, ServerPlan } from '../../proxy/index.ts';
import type { RuntimeChange } from './runtime-change.ts';
import type { RuntimeChanges } from './runtime-changes.ts';

/** What stands beside the config. */
export interface Beside {
  readonly changes: RuntimeChanges;
  /** Servers that a name of the config stands for now. */
  readonly found: (template: ServerPlan) => readonly ServerPlan[];
  /** Undefined: this version knows no such server. */
  readonly planOf: (added: RuntimeChange, pool: PoolPlan) => ServerPlan | undefined;
}

/** The pools of the config as they are with all that stands beside it. A pool without any of it stays the very object. */
export function overlay(pools: readonly PoolPlan[], beside: Beside): readonly PoolPlan[] {
  const next = pools.map((pool) => overlayPool(pool, beside));
  return next.every((pool, i) => pool === pools[i]) ? pools : next;
}

function overlayPool(pool: PoolPlan, { changes, found, planOf }: Beside): PoolPlan {
  const own = changes.of(pool.name);
  if (own.length === 0 && !hasTemplates(pool)) return pool;
  // Of several by one name the first counts: what the config names by itself goes before what another name stands for.
  const all = [
    ...pool.servers.filter(({ resolve }) => resolve === undefined),
    ...pool.servers.filter(({ resolve }) => resolve !== undefined).flatMap(found),
    ...own.flatMap((change) => (change.added && planOf(change, pool)) ?? []),
  ];
  const removed = new Set(own.flatMap(({ removed: gone, server }) => (gone === true ? [server] : [])));
  const servers = new Map(all.toReversed().map((server) => [server.name, server]));
  const names = [...new Set(all.map(({ name }) => name))].filter((name) => !removed.has(name));
  const list = names.map((name) => withLimits(servers.get(name)!, changes.get({ pool: pool.name, server: name })));
  const same = list.length === pool.servers.length && list.every((server, i) => server === pool.servers[i]);
  return same ? pool : { ...pool, servers: list };
}

function withLimits(server: ServerPlan, change: RuntimeChange | undefined): ServerPlan {
  if (change?.limits === undefined) return server;
  const { maxRequests = server.limits?.maxRequests ?? 0, maxConnections = server.limits?.maxConnections ?? 0 } =
    change.limits;
  return { ...server, limits: { maxRequests, maxConnections } };
}

/** Some of its servers are found by DNS. */
export function hasTemplates({ servers }: Pick<PoolPlan, 'servers'>): boolean {
  return servers.some(({ resolve }) => resolve !== undefined);
}
