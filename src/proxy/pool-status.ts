import type { Listener } from './accept/listener.ts';
import type { DataPlaneStatus } from './data-plane.ts';
import type { Pool } from './upstream/pool.ts';

/** What `postern status` says of the pools of a thread. */
export function poolStatus(pools: Iterable<Pool>): DataPlaneStatus['pools'] {
  return [...pools].map((pool) => ({
    name: pool.plan.name,
    servers: pool.servers.map((server) => ({
      name: server.server.name,
      addresses: server.addresses,
      open: server.open,
      idle: server.idleCount,
      exchangesTotal: server.exchangesTotal,
      failuresTotal: server.failuresTotal,
    })),
  }));
}

/** TLS handshakes on all listeners together. */
export function handshakeStatus(listeners: readonly Listener[]): NonNullable<DataPlaneStatus['handshakes']> {
  const sum = { done: 0, resumed: 0, failed: 0 };
  for (const { tls } of listeners) {
    sum.done += tls?.counts.done ?? 0;
    sum.resumed += tls?.counts.resumed ?? 0;
    sum.failed += tls?.counts.failed ?? 0;
  }
  return sum;
}
