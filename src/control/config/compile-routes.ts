import { resolve } from 'node:path';

import {
  defaultServerTls,
  plainRetries,
  plainRoute,
  type Condition,
  type Disabled,
  type FeaturePlan,
  type PoolPlan,
  type PoolRetryPlan,
  type RoutePlan,
  type ServerPlan,
  type ServerTlsPlan,
} from '../../proxy/index.ts';
import { serverKey } from './check-pools.ts';
import { capacityPlan, serverLimits, withPerServer } from './compile-capacity.ts';
import { checksPlan } from './compile-checks.ts';
import { protocolPlan } from './compile-protocol.ts';
import { passivePlan } from './schema-passive.ts';
import { splitPlan, stickyPlan } from './compile-sticky.ts';
import type { Config, PoolConfig, ProtocolConfig, RouteConfig, ServerConfig } from './config.ts';
import { pathText, type ConfigPath } from './config-problem.ts';
import { poolsOf } from './destination.ts';
import { FreeNames } from './free-names.ts';
import { transportPlan } from './compile-transport.ts';
import { poolSchema } from './schema-pool.ts';
import { routeRetries } from './schema-retries.ts';
import type { UrlDestination } from './server-url.ts';
import type { ServerTlsPlans } from './resolve-server-tls.ts';
import type { Source } from './source.ts';
import { valueAt } from './value-at.ts';

/** What was made of the files that routes and pools name. */
export interface RouteParts {
  /** By route. */
  readonly middleware: readonly (readonly FeaturePlan[])[];
  /** By route. */
  readonly conditions: readonly (Condition | undefined)[];
  readonly serverTls: ServerTlsPlans;
  /** By the index of the route. */
  readonly disabled: ReadonlyMap<number, Disabled>;
}

/** The routes in the order of the file, and the pools of the config with those that URLs stand for. */
export function compileRoutes(
  config: Config,
  source: Source,
  { middleware, conditions, serverTls, disabled }: RouteParts,
): { readonly routes: RoutePlan[]; readonly pools: PoolPlan[] } {
  const pools = new PoolList(config, source, serverTls);
  const names = new FreeNames(config.routes.map((route, i) => givenName(route, i, source)));
  const nameOf = (route: RouteConfig, i: number): string =>
    givenName(route, i, source) ?? names.take(ownName(route, i, source));
  const named = config.routes.map((route, i) => ({ route, name: nameOf(route, i) }));
  const routes = named.map(({ route, name }, i) => ({
    name,
    hosts: route.host,
    path: route.path,
    listeners: route.listeners,
    ...plainRoute,
    priority: route.priority,
    ignoreCase: route.ignoreCase,
    ...(route.importance !== 'normal' && { importance: route.importance }),
    when: conditions[i],
    transport: transportPlan(route, config),
    middleware: middleware[i]!,
    timeouts: route.timeouts,
    retries: routeRetries(route.retries, retriesOf(route, config)),
    translate: route.to === undefined ? undefined : route.translate,
    pool: poolOf(route, i, pools),
    ...(route.to?.kind === 'split' && { split: splitPlan(route.to, name, config.cookieSecret) }),
    replacePrefix: replacement(route),
    hostHeader: route.hostHeader ?? config.forwarding.hostHeader,
    upgrade: route.upgrade,
    ...(route.tunnel && { tunnel: route.tunnel }),
    disabled: disabled.get(i),
  }));
  return { routes, pools: pools.list };
}

function poolOf({ to, protocol }: RouteConfig, index: number, pools: PoolList): string | undefined {
  if (to === undefined) return undefined;
  return to.kind === 'url' ? pools.nameOf(to.url, index, protocol) : poolsOf(to)[0];
}

/** Of the pool that it leads to. */
function retriesOf({ to }: RouteConfig, { pools }: Config): PoolRetryPlan {
  return pools[poolsOf(to)[0] ?? '']?.retries ?? plainRetries;
}

function givenName(route: RouteConfig, index: number, source: Source): string | undefined {
  return route.name === undefined ? undefined : (source.shown.get(pathText(['routes', index, 'name'])) ?? route.name);
}

/** `www.example.com/app/`; of several hosts the first, with the number of the others. */
function ownName(route: RouteConfig, index: number, source: Source): string {
  const base = ['routes', index, 'host'];
  const path = Array.isArray(valueAt(source.value, base)) ? [...base, 0] : base;
  const host = source.shown.get(pathText(path)) ?? hostText(route.host[0]);
  const others = route.host.length > 1 ? `+${route.host.length - 1}` : '';
  return host + others + pathName(route, index, source);
}

/** A pattern after a `~`, as nginx has it. */
function pathName({ path }: RouteConfig, index: number, source: Source): string {
  const shown = (...keys: string[]): string | undefined =>
    source.shown.get(pathText(['routes', index, 'path', ...keys]));
  if (path.kind === 'regex') return `~${shown('regex') ?? path.pattern}`;
  return shown() ?? shown('exact') ?? path.path;
}

function hostText(host: RouteConfig['host'][number] | undefined): string {
  if (host === undefined || host.kind === 'any') return '*';
  return host.kind === 'exact' ? host.host : `*.${host.suffix}`;
}

/** Undefined: the path stays. That is so for pools, and where stripping `/` or an exact path would leave nothing to say. */
function replacement(route: RouteConfig): string | undefined {
  if ((route.to !== undefined && route.to.kind !== 'url') || route.keepPrefix === true) return undefined;
  const path = route.to === undefined ? folderRoot(route) : route.to.url.path;
  if (path === '/' && (route.path.kind === 'exact' || route.path.kind === 'regex' || route.path.path === '/'))
    return undefined;
  return path;
}

/** A folder of files is to a route what the root of a server is. */
function folderRoot({ middleware }: RouteConfig): '/' | undefined {
  const hasFolder = middleware.some(
    ({ name, config }) => name === 'respond' && typeof config === 'object' && config !== null && 'folder' in config,
  );
  return hasFolder ? '/' : undefined;
}

/** The pools of the config, and one for each server that routes name by URL. */
class PoolList {
  readonly list: PoolPlan[];
  readonly #source: Source;
  readonly #tls: ServerTlsPlans;
  readonly #taken: FreeNames;
  readonly #secret: string | undefined;
  /** Names of pools made for URLs, by what they reach and how they call themselves. */
  readonly #byServer = new Map<string, string>();

  constructor(config: Config, source: Source, tls: ServerTlsPlans) {
    this.#source = source;
    this.#tls = tls;
    this.#secret = config.cookieSecret;
    this.list = Object.entries(config.pools).map(([name, pool]) =>
      this.#plan(name, pool, ['pools', name, 'servers'], tls.pools.get(name)),
    );
    this.#taken = new FreeNames(this.list.map((pool) => pool.name));
  }

  /** Routes with different paths on one server share its pool, and so its idle connections. */
  nameOf(url: UrlDestination, route: number, given: ProtocolConfig | undefined): string {
    const path = ['routes', route, 'to'];
    const tls = this.#tls.routes[route];
    const protocol = protocolPlan(given, [url]);
    const key = JSON.stringify([serverKey(url), url.hostHeader, url.secure, tls, protocol]);
    const known = this.#byServer.get(key);
    if (known !== undefined) return known;
    const server = serverPlan({ ...url, weight: 1, group: 0 }, path, this.#source);
    const name = this.#taken.take(server.name);
    const defaults = poolSchema.parse({ servers: [url.origin] });
    const plan = this.#plan(name, defaults, path, tls);
    this.list.push({ ...plan, servers: [{ ...server, name }], ...(protocol && { protocol }) });
    this.#byServer.set(key, name);
    return name;
  }

  #plan(name: string, pool: PoolConfig, path: ConfigPath, tls: ServerTlsPlan = defaultServerTls): PoolPlan {
    const taken = new FreeNames();
    const servers = pool.servers.map((server, i) => {
      const plan = serverPlan(withPerServer(server, pool), [...path, i], this.#source);
      return { ...plan, name: taken.take(plan.name) };
    });
    const {
      tls: _files,
      protocol: given,
      sticky,
      health: _health,
      agent: _agent,
      load: _load,
      slowStart: _slowStart,
      outliers: _outliers,
      breaker: _breaker,
      maxRequests: _max,
      perServer: _each,
      queue: _queue,
      ...rest
    } = pool;
    const checks = checksPlan(pool, this.#source.folder);
    const protocol = protocolPlan(given, pool.servers);
    const passive = passivePlan(pool);
    const capacity = capacityPlan(pool);
    const perServer = serverLimits(pool.perServer);
    const stays = sticky && { sticky: stickyPlan(sticky, name, this.#secret) };
    const parts = {
      ...stays,
      ...(protocol && { protocol }),
      ...(perServer && { perServer }),
      ...(checks && { checks }),
      ...(capacity && { capacity }),
      ...(passive && { passive }),
    };
    return { ...rest, name, servers, sourceAddress: pool.sourceAddress, tls, ...parts };
  }
}

function serverPlan(server: ServerConfig, path: ConfigPath, source: Source): ServerPlan {
  const shown = source.shown.get(pathText(path)) ?? source.shown.get(pathText([...path, 'url']));
  const name = shown === undefined ? server.origin : shownOrigin(shown);
  return namedServerPlan(server, name, source.folder);
}

/** A server under a name that may be shown. Relative paths start at the folder. */
export function namedServerPlan(server: ServerConfig, name: string, folder: string): ServerPlan {
  const { address, hostHeader, secure, weight, group, resolve: how } = server;
  const where = address.kind === 'unix' ? { ...address, path: resolve(folder, address.path) } : address;
  const limits = serverLimits(server);
  const parts = { ...(how && { resolve: how }), ...(limits && { limits }) };
  return { name, address: where, secure, hostHeader, weight, group, ...parts };
}

/** The URL as it may be shown, without its path. */
function shownOrigin(shown: string): string {
  return /^((?:https?|h2c):\/\/[^/]*)/i.exec(shown)?.[1] ?? shown;
}
