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
    pools: sumPools(each),
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
    shed: worst(({ shed = 0 }) => shed),
    heapBytes: sum(({ heapBytes }) => heapBytes),
  };
}

/** Those of the first, with what all have of each. */
function sumPools(each: readonly DataPlaneStatus[]): readonly Pool[] {
  const byName = each.map(({ pools }) => new Map(pools.map((pool) => [pool.name, pool])));
  return each[0]!.pools.map((pool) =>
    sumPool(
      pool,
      byName.flatMap((pools) => pools.get(pool.name) ?? []),
    ),
  );
}

function sumPool(pool: Pool, same: readonly Pool[]): Pool {
  return {
    ...pool,
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
