import {
  countedRows,
  routeRow,
  serverRow,
  trafficFields,
  type HostMatch,
  type Plan,
  type RoutePlan,
} from '../../proxy/index.ts';
import type { ConfigPlaces } from '../config/config-places.ts';
import type { PosternStatus } from '../controlled.ts';
import { hideSecrets } from '../explain/hide-secrets.ts';
import { reachableBy } from '../exposure/reachable.ts';
import type { ServerStatus } from '../servers/server-care.ts';
import type { TrafficBooks } from '../metrics/traffic-metrics.ts';
import type { RuntimeServers } from '../servers/runtime-servers.ts';

/** What has been counted of a route or a server since the start, or since its name came into the config. */
export interface Counted {
  readonly requests: number;
  /** By class of status; `none`: it ended without an answer. */
  readonly byStatus: Readonly<Record<'none' | '1xx' | '2xx' | '3xx' | '4xx' | '5xx', number>>;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface ListenerItem {
  readonly name: string;
  readonly at: string | undefined;
  readonly address: string;
  readonly scheme: 'http' | 'https';
  readonly connections: number;
  /** How many routes can be reached by it. */
  readonly routes: number;
}

export interface RouteItem {
  readonly name: string;
  readonly at: string | undefined;
  readonly hosts: readonly string[];
  readonly path: { readonly kind: 'exact' | 'folder' | 'prefix' | 'regex'; readonly value: string };
  /** Undefined: all. */
  readonly listeners: readonly string[] | undefined;
  readonly priority: number;
  /** It has conditions besides host and path. */
  readonly conditional: boolean;
  readonly https: 'allow' | 'only' | 'redirect';
  readonly middleware: readonly string[];
  readonly pool: string | undefined;
  /** Why it answers nothing but 503. */
  readonly disabled: string | undefined;
  /** Undefined: it counts with others, because there are too many. */
  readonly counted: Counted | undefined;
}

export interface PoolItem {
  readonly name: string;
  readonly at: string | undefined;
  readonly balance: string;
  readonly servers: readonly string[];
  readonly routes: readonly string[];
  readonly open: number;
  readonly idle: number;
  readonly requests: number;
  readonly failures: number;
}

export interface ServerItem {
  readonly pool: string;
  readonly name: string;
  /** Spoken to by TLS. */
  readonly secure: boolean;
  readonly addresses: readonly string[];
  readonly open: number;
  readonly idle: number;
  readonly requests: number;
  readonly failures: number;
  /** Requests and tunnels that it has now. */
  readonly exchanges: number;
  /** Where it comes from. */
  readonly origin: 'config' | 'added' | 'dns';
  /** What was said of it while it ran, in words; undefined: nothing. */
  readonly changed: string | undefined;
  readonly counted: Counted | undefined;
  /** What is known of it beside its traffic. */
  readonly state: Omit<ServerStatus, 'pool' | 'server'> | undefined;
}

/** What the lists are made of. */
export interface ListParts {
  readonly plan: Plan;
  readonly status: PosternStatus;
  readonly places: ConfigPlaces | undefined;
  readonly books: TrafficBooks;
  /** What was said of servers. */
  readonly servers: Pick<RuntimeServers, 'shownOf'>;
  /** What `${...}` put into the config. */
  readonly secrets: readonly string[];
}

export function listListeners({ plan, status, places }: ListParts): readonly ListenerItem[] {
  const connections = new Map(status.traffic?.listeners.map((each) => [each.name, each.connections]));
  return status.listeners.map(({ name, address }) => {
    const listener = plan.listeners.find((each) => each.name === name);
    return {
      name,
      at: places?.listeners[name],
      address,
      scheme: listener?.tls === undefined ? 'http' : 'https',
      connections: connections.get(name) ?? 0,
      routes: listener === undefined ? 0 : plan.routes.filter((route) => reachableBy(route, listener)).length,
    };
  });
}

export function listRoutes({ plan, status, places, books, secrets }: ListParts): readonly RouteItem[] {
  const counted = new Set(countedRows(plan).routes);
  const reasons = new Map(status.disabled.map(({ kind, name, reason }) => [kind === 'route' ? name : '', reason]));
  return plan.routes.map((route) => ({
    ...partsOf(route, secrets),
    at: places?.routes[route.name],
    disabled: reasons.get(route.name),
    counted: counted.has(route.name) ? readCounted(books, routeRow(route.name)) : undefined,
  }));
}

function partsOf(route: RoutePlan, secrets: readonly string[]): Omit<RouteItem, 'at' | 'disabled' | 'counted'> {
  const { name, hosts, path, listeners, priority, when, transport, middleware, pool } = route;
  return {
    name,
    hosts: hideSecrets(hosts.map(hostText), secrets),
    path: { kind: path.kind, value: hideSecrets(path.kind === 'regex' ? path.pattern : path.path, secrets) },
    listeners,
    priority,
    conditional: when !== undefined,
    https: transport.https,
    middleware: middleware.map((feature) => feature.name),
    pool,
  };
}

export function listPools({ plan, status, places }: ListParts): readonly PoolItem[] {
  const known = new Map(status.traffic?.pools.map((pool) => [pool.name, pool.servers]));
  const users = Map.groupBy(plan.routes, ({ pool }) => pool);
  return plan.pools.map(({ name, balance, servers }) => {
    const sum = (field: 'open' | 'idle' | 'exchangesTotal' | 'failuresTotal'): number =>
      (known.get(name) ?? []).reduce((all, server) => all + server[field], 0);
    return {
      name,
      at: places?.pools[name],
      balance: balance.kind,
      servers: servers.map((server) => server.name),
      routes: (users.get(name) ?? []).map((route) => route.name),
      open: sum('open'),
      idle: sum('idle'),
      requests: sum('exchangesTotal'),
      failures: sum('failuresTotal'),
    };
  });
}

export function listServers({ plan, status, books, servers: beside }: ListParts): readonly ServerItem[] {
  const known = new Map(status.traffic?.pools.map((pool) => [pool.name, pool.servers]));
  const counted = new Set(countedRows(plan).servers.map(({ pool, server }) => serverRow(pool, server)));
  const states = new Map(status.servers.map(({ pool, server, ...state }) => [serverRow(pool, server), state] as const));
  return plan.pools.flatMap((pool) =>
    pool.servers.map(({ name, secure }) => {
      const now = known.get(pool.name)?.find((each) => each.name === name) ?? nothingKnown;
      const row = serverRow(pool.name, name);
      return {
        pool: pool.name,
        name,
        secure,
        addresses: now.addresses,
        open: now.open,
        idle: now.idle,
        requests: now.exchangesTotal,
        failures: now.failuresTotal,
        ...beside.shownOf({ pool: pool.name, server: name }),
        counted: counted.has(row) ? readCounted(books, row) : undefined,
        state: states.get(row),
      };
    }),
  );
}

/** Of a server, while no thread answers. */
const nothingKnown = { addresses: [], open: 0, idle: 0, exchangesTotal: 0, failuresTotal: 0 };

const classNames = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

function readCounted({ traffic }: TrafficBooks, row: string): Counted {
  const fields = traffic.read(row);
  const counts = classNames.map((name, i) => [name, fields[trafficFields.classes + i]!] as const);
  return {
    requests: counts.reduce((sum, [, count]) => sum + count, 0),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has each of them
    byStatus: Object.fromEntries(counts) as Counted['byStatus'],
    bytesIn: fields[trafficFields.bytesIn]!,
    bytesOut: fields[trafficFields.bytesOut]!,
  };
}

function hostText(host: HostMatch): string {
  if (host.kind === 'any') return '*';
  return host.kind === 'exact' ? host.host : `*.${host.suffix}`;
}
