import type {
  ClientTimeouts,
  HostHeader,
  HostMatch,
  Http2ListenerPlan,
  IdleConnectionLimits,
  ListenerPlan,
  PathMatch,
  Plan,
  PoolPlan,
  ProtocolPlan,
  RoutePlan,
  ServerPlan,
  ServerTimeouts,
} from '../../src/proxy/index.ts';
import { plainLimits, type ServerLimits } from '../../src/proxy/capacity-plan.ts';
import { plainRetries, type PoolRetryPlan } from '../../src/proxy/retry-plan.ts';
import { defaultServerTls, plainPool, plainProtocol, plainServer } from '../../src/proxy/pool-plan.ts';
import { plainHttp2, plainRoute, type ListenAddress } from '../../src/proxy/plan.ts';

/** Where something listens. */
export type Place = ServerPlan['address'];

/** A server of a pool: a place, or something that has one. */
export type ServerSpec = Place | { readonly place: Place };

export interface PoolSpec {
  readonly servers: readonly ServerSpec[];
  readonly balance?: PoolPlan['balance'];
  /** Of the servers, in their order; default: 1 each. */
  readonly weights?: readonly number[];
  readonly timeouts?: Partial<ServerTimeouts>;
  readonly idle?: Partial<IdleConnectionLimits>;
  readonly lenient?: boolean;
  readonly sourceAddress?: string;
  readonly tls?: Partial<PoolPlan['tls']>;
  /** Default: `auto`. */
  readonly protocol?: Partial<ProtocolPlan>;
  readonly retries?: Partial<PoolRetryPlan>;
  readonly capacity?: PoolPlan['capacity'];
  readonly passive?: PoolPlan['passive'];
  readonly sticky?: PoolPlan['sticky'];
  /** Of each server. */
  readonly serverLimits?: Partial<ServerLimits>;
  /** Its servers are spoken to by TLS. */
  readonly secure?: boolean;
}

export interface RouteSpec {
  /** `name`, `*.name`, or nothing for any. */
  readonly host?: string;
  /** `/a/` is a folder, `=/a` that path only, any other a prefix; default `/`. */
  readonly path?: string;
  /** Default: the first. */
  readonly pool?: string;
  readonly replacePrefix?: string;
  /** `preserve` (default), `server` or a literal. */
  readonly hostHeader?: string;
  readonly upgrade?: readonly string[];
  readonly listeners?: readonly string[];
  /** Anything else of the plan. */
  readonly more?: Partial<RoutePlan>;
}

/** A plan in few words: what is left out is roomy, so that only what a test is about can end it. */
export interface PlanSpec {
  /** One route for everything to one pool of these. */
  readonly servers?: readonly ServerSpec[];
  /** For that pool, and for the others where they say nothing. */
  readonly pool?: Omit<PoolSpec, 'servers'>;
  readonly pools?: Readonly<Record<string, PoolSpec>>;
  readonly routes?: readonly RouteSpec[];
  /** Default: one, `main`, on port 0 of 127.0.0.1. */
  readonly listeners?: Readonly<Record<string, ListenAddress>>;
  readonly timeouts?: Partial<ClientTimeouts>;
  /** For all listeners. */
  readonly tls?: ListenerPlan['tls'];
  /** For all listeners: `false` is HTTP/1 only; on by default, as in the product. */
  readonly http2?: Partial<Http2ListenerPlan> | false;
  readonly limits?: Partial<ListenerPlan['limits']>;
  readonly connections?: Partial<Plan['connections']>;
  readonly forwarding?: Partial<Plan['forwarding']>;
  readonly instance?: string;
  readonly trace?: Plan['trace'];
}

export const loopback: ListenAddress = { kind: 'tcp', host: '127.0.0.1', port: 0 };

const minuteMs = 60_000;

const limits: ListenerPlan['limits'] = {
  headBytes: 32_768,
  fields: 100,
  lineBytes: 8192,
  chunkExtensionBytes: 4096,
  trailerBytes: 8192,
};

export function planOf(spec: PlanSpec, logFile: string): Plan {
  const pools = spec.pools ?? { main: { servers: spec.servers ?? [] } };
  return {
    instance: spec.instance ?? 'postern-test',
    graceMs: 1000,
    listeners: Object.entries(spec.listeners ?? { main: loopback }).map(([name, at]) => listenerOf(name, at, spec)),
    routes: (spec.routes ?? [{}]).map((route, i) => routeOf(route, i, Object.keys(pools)[0]!)),
    pools: Object.entries(pools).map(([name, pool]) => poolOf(name, { ...spec.pool, ...pool })),
    accessLog: { format: 'json', to: { kind: 'file', path: logFile }, mask: ['password'], rotate: undefined },
    connections: { total: 10_000, perClient: 0, ...spec.connections },
    forwarding: { trustedProxies: [], forwarded: false, via: false, ...spec.forwarding },
    trace: spec.trace,
  };
}

function listenerOf(name: string, address: ListenAddress, spec: PlanSpec): ListenerPlan {
  const timeouts = {
    headMs: minuteMs,
    bodyIdleMs: minuteMs,
    bodyMinRate: 0,
    keepAliveMs: minuteMs,
    writeMs: minuteMs,
    tunnelIdleMs: minuteMs,
  };
  return {
    name,
    address,
    timeouts: { ...timeouts, ...spec.timeouts },
    limits: { ...limits, ...spec.limits },
    paths: { mergeSlashes: true },
    tls: spec.tls,
    http2: spec.http2 === false ? undefined : { ...plainHttp2, ...spec.http2 },
  };
}

function routeOf(spec: RouteSpec, i: number, pool: string): RoutePlan {
  return {
    name: `route-${i}`,
    hosts: [hostOf(spec.host)],
    path: pathOf(spec.path ?? '/'),
    listeners: spec.listeners,
    pool: spec.pool ?? pool,
    replacePrefix: spec.replacePrefix,
    ...plainRoute,
    ...spec.more,
    hostHeader: hostHeaderOf(spec.hostHeader ?? 'preserve'),
    upgrade: spec.upgrade ?? ['websocket'],
  };
}

function hostOf(host: string | undefined): HostMatch {
  if (host === undefined) return { kind: 'any' };
  return host.startsWith('*.') ? { kind: 'wildcard', suffix: host.slice(2) } : { kind: 'exact', host };
}

function pathOf(path: string): PathMatch {
  if (path.startsWith('=')) return { kind: 'exact', path: path.slice(1) };
  return { kind: path.endsWith('/') ? 'folder' : 'prefix', path };
}

function hostHeaderOf(spec: string): HostHeader {
  return spec === 'preserve' || spec === 'server' ? { kind: spec } : { kind: 'literal', value: spec };
}

function poolOf(name: string, spec: PoolSpec): PoolPlan {
  return {
    ...plainPool,
    name,
    sticky: spec.sticky,
    balance: spec.balance ?? plainPool.balance,
    servers: spec.servers.map((server, i) => ({
      ...serverOf(`${name}-${i}`, 'place' in server ? server.place : server),
      secure: spec.secure ?? false,
      weight: spec.weights?.[i] ?? plainServer.weight,
      limits: spec.serverLimits && { ...plainLimits, ...spec.serverLimits },
    })),
    timeouts: { connectMs: 5000, firstByteMs: minuteMs, idleMs: minuteMs, ...spec.timeouts },
    idleConnections: { max: 256, idleMs: minuteMs, maxAgeMs: 60 * minuteMs, maxRequests: 0, ...spec.idle },
    limits,
    lenient: spec.lenient ?? false,
    sourceAddress: spec.sourceAddress,
    tls: { ...defaultServerTls, ...spec.tls },
    protocol: { ...plainProtocol, ...spec.protocol },
    retries: { ...plainRetries, ...spec.retries },
    capacity: spec.capacity,
    passive: spec.passive,
  };
}

function serverOf(name: string, address: Place): ServerPlan {
  return {
    ...plainServer,
    name,
    address,
    hostHeader: address.kind === 'tcp' ? `${address.host}:${address.port}` : 'localhost',
  };
}
