import type { PosternStatus } from '../control/controlled.ts';
import { durationText } from './duration-text.ts';
import { disabledLines } from './disabled-lines.ts';
import { poolStates } from './pool-states.ts';
import { serverStates } from './server-states.ts';
import { table } from './table.ts';

/** The status for people: a few lines of facts, what does not work, then tables of threads, of listeners, of servers and of names. */
export function statusText(status: PosternStatus): string {
  return [facts, disabled, threads, listeners, certificates, servers, serverStates, poolStates, names]
    .map((part) => part(status))
    .filter((part) => part !== '')
    .join('\n\n');
}

function facts(status: PosternStatus): string {
  const { traffic, config } = status;
  const rows = [
    [
      'Postern',
      `${status.version}, ${status.phase} for ${durationText(status.uptimeMs)} (pid ${status.pid}, Node ${status.node})`,
    ],
    ['config', `${config.from}, loaded ${config.loadedAt}`],
    ['memory', `${Math.round(status.memoryBytes / 1_000_000)} MB`],
  ];
  if (status.beside !== undefined && status.beside > 0) {
    const what = status.beside === 1 ? '1 change' : `${status.beside} changes`;
    rows.push(['beside it', `${what} of servers at run time: "postern server diff"`]);
  }
  if (config.lastFailure !== undefined) {
    const { at, problems } = config.lastFailure;
    rows.push([
      'last reload',
      `failed ${at}: ${problems.length} problems, the first is: ${problems[0]?.message ?? ''}`,
    ]);
  }
  if (traffic !== undefined) {
    const { connections, connectionsTotal, connectionsRefused, exchanges, exchangesTotal, accessLog } = traffic;
    rows.push(
      ['connections', `${connections} open, ${connectionsTotal} in all, ${connectionsRefused} refused`],
      ['requests', `${exchanges} in flight, ${exchangesTotal} in all`],
      ['access log', `${accessLog.written} lines written, ${accessLog.dropped} dropped`],
    );
  }
  return table(rows);
}

/** The delay of the loop is the worst of one in a hundred turns, of late. */
function threads(status: PosternStatus): string {
  const rows = status.threads.map(({ name, state, replaced, generation, traffic }) => [
    name,
    replaced > 0 ? `${state}, replaced ${replaced} times` : state,
    ...(traffic === undefined
      ? ['-', '-', '-', '-', '-']
      : [
          String(traffic.connections),
          String(traffic.exchanges),
          String(traffic.exchangesTotal),
          `${traffic.loop.p99.toFixed(1)} ms`,
          `${Math.round(traffic.heapBytes / 1_000_000)} MB`,
        ]),
    String(generation),
  ]);
  return table([['THREAD', 'STATE', 'CONNECTIONS', 'IN FLIGHT', 'REQUESTS', 'LOOP DELAY', 'HEAP', 'PLAN'], ...rows]);
}

function listeners({ listeners: bound, traffic }: PosternStatus): string {
  if (traffic === undefined) return table([['LISTENER', 'ADDRESS'], ...bound.map((each) => [each.name, each.address])]);
  const rows = traffic.listeners.map(({ name, address, connections }) => [name, address, String(connections)]);
  return table([['LISTENER', 'ADDRESS', 'CONNECTIONS'], ...rows]);
}

function certificates(status: PosternStatus): string {
  if (status.certificates.length === 0) return '';
  const rows = status.certificates.map(({ listener, name, names: hosts, notAfter, daysLeft, fingerprint }) => [
    listener,
    name,
    hosts.length > 3 ? `${hosts.slice(0, 3).join(' ')} and ${hosts.length - 3} more` : hosts.join(' ') || '-',
    notAfter.slice(0, 10),
    daysLeft < 0 ? 'expired' : `${daysLeft}`,
    fingerprint.slice(0, 16),
  ]);
  return table([['LISTENER', 'CERTIFICATE', 'FOR', 'UNTIL', 'DAYS LEFT', 'SHA-256'], ...rows]);
}

function servers({ traffic }: PosternStatus): string {
  const rows = (traffic?.pools ?? []).flatMap((pool) =>
    pool.servers.map((server) => [
      pool.name,
      server.name,
      server.addresses.join(' ') || '-',
      inFlight(server),
      String(server.open),
      String(server.idle),
      String(server.exchangesTotal),
      String(server.failuresTotal),
    ]),
  );
  if (rows.length === 0) return '';
  const waiting = (traffic?.pools ?? []).flatMap(({ name, waiting: count = 0 }) =>
    count === 0 ? [] : [`${count} ${count === 1 ? 'request waits' : 'requests wait'} for a server of ${name}`],
  );
  const head = ['POOL', 'SERVER', 'ADDRESSES', 'NOW', 'OPEN', 'IDLE', 'REQUESTS', 'FAILURES'];
  return [table([head, ...rows]), ...waiting].join('\n');
}

/** Requests that a server has, and how many it may have. */
function inFlight({
  exchanges = 0,
  maxRequests = 0,
}: {
  readonly exchanges?: number;
  readonly maxRequests?: number;
}): string {
  return maxRequests === 0 ? String(exchanges) : `${exchanges} of ${maxRequests}`;
}

function disabled(status: PosternStatus): string {
  return disabledLines(status.disabled).join('\n');
}

function names(status: PosternStatus): string {
  if (status.names.length === 0) return '';
  const rows = status.names.map(({ name, source, failure }) => [name, source, failure ?? 'fine']);
  return table([['NAME', 'FROM', 'STATE'], ...rows]);
}
