import { sumHandshakes, type DataPlaneStatus } from '../../proxy/index.ts';

type Pool = DataPlaneStatus['pools'][number];

/** The status of several threads as one: sums, and the worst of what cannot be added. */
export function sumStatus(each: readonly DataPlaneStatus[]): DataPlaneStatus {
  const [first] = each;
  if (first === undefined) throw new Error('Cannot add up the status of no thread');
  const sum = (of: (status: DataPlaneStatus) => number): number => each.reduce((all, status) => all + of(status), 0);
  const worst = (of: (status: DataPlaneStatus) => number): number => Math.max(...each.map(of));
  return {
    listeners: first.listeners.map((listener) => ({
      ...listener,
      connections: sum(({ listeners }) => listeners.find(({ name }) => name === listener.name)?.connections ?? 0),
    })),
    connections: sum(({ connections }) => connections),
    connectionsTotal: sum(({ connectionsTotal }) => connectionsTotal),
    connectionsRefused: sum(({ connectionsRefused }) => connectionsRefused),
    exchanges: sum(({ exchanges }) => exchanges),
    exchangesTotal: sum(({ exchangesTotal }) => exchangesTotal),
    tunnels: sum(({ tunnels }) => tunnels),
    pools: first.pools.map((pool) => sumPool(pool, each)),
    handshakes: sumHandshakes(each.flatMap(({ handshakes }) => handshakes ?? [])),
    accessLog: {
      written: sum(({ accessLog }) => accessLog.written),
      dropped: sum(({ accessLog }) => accessLog.dropped),
    },
    loop: {
      mean: worst(({ loop }) => loop.mean),
      p99: worst(({ loop }) => loop.p99),
      max: worst(({ loop }) => loop.max),
    },
    heapBytes: sum(({ heapBytes }) => heapBytes),
  };
}

function sumPool(pool: Pool, each: readonly DataPlaneStatus[]): Pool {
  const same = each.flatMap(({ pools }) => pools.filter(({ name }) => name === pool.name));
  return {
    name: pool.name,
    servers: pool.servers.map((server, i) => {
      const sum = (field: 'open' | 'idle' | 'exchangesTotal' | 'failuresTotal'): number =>
        same.reduce((all, { servers }) => all + (servers[i]?.[field] ?? 0), 0);
      return {
        ...server,
        open: sum('open'),
        idle: sum('idle'),
        exchangesTotal: sum('exchangesTotal'),
        failuresTotal: sum('failuresTotal'),
      };
    }),
  };
}
