import type { Listener } from './accept/listener.ts';
import type { DataPlaneStatus, HandshakeStatus } from './data-plane.ts';
import { ServerField } from './server-state.ts';
import type { Pool } from './upstream/pool.ts';

/** What `postern status` says of the pools of a thread. */
export function poolStatus(pools: Iterable<Pool>): DataPlaneStatus['pools'] {
  return [...pools].map((pool) => ({
    name: pool.plan.name,
    waiting: pool.waiting,
    servers: pool.servers.map((server) => ({
      name: server.server.name,
      addresses: server.addresses,
      exchanges: server.active,
      maxRequests: server.row.get(ServerField.maxRequests),
      maxConnections: server.row.get(ServerField.maxConnections),
      open: server.open,
      idle: server.idleCount,
      exchangesTotal: server.exchangesTotal,
      failuresTotal: server.failuresTotal,
    })),
  }));
}

/** TLS handshakes on all listeners together. */
export function handshakeStatus(listeners: readonly Listener[]): HandshakeStatus {
  return sumHandshakes(
    listeners.flatMap(({ tls }) => {
      if (tls === undefined) return [];
      const versions = [...tls.counts.versions].map(([version, counts]) => ({ version, ...counts }));
      return [{ ...tls.counts, versions }];
    }),
  );
}

/** Of several listeners, or several threads. */
export function sumHandshakes(each: readonly HandshakeStatus[]): HandshakeStatus {
  const sum = (of: (counts: HandshakeStatus) => number): number => each.reduce((all, counts) => all + of(counts), 0);
  const byVersion = Map.groupBy(
    each.flatMap(({ versions }) => versions),
    ({ version }) => version,
  );
  return {
    done: sum(({ done }) => done),
    resumed: sum(({ resumed }) => resumed),
    failed: sum(({ failed }) => failed),
    versions: [...byVersion].map(([version, same]) => ({
      version,
      full: same.reduce((all, { full }) => all + full, 0),
      resumed: same.reduce((all, { resumed }) => all + resumed, 0),
    })),
  };
}
