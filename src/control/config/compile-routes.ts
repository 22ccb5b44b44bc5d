import { resolve } from 'node:path';

import {
  defaultServerTls,
  plainRoute,
  type Condition,
  type FeaturePlan,
  type PoolPlan,
  type RoutePlan,
  type ServerPlan,
  type ServerTlsPlan,
} from '../../proxy/index.ts';
import { serverKey } from './check-pools.ts';
import type { Config, PoolConfig, RouteConfig } from './config.ts';
import { pathText, type ConfigPath } from './config-problem.ts';
import { FreeNames } from './free-names.ts';
import { transportPlan } from './compile-transport.ts';
import { poolSchema } from './schema-pool.ts';
import type { ServerAddress, UrlDestination } from './server-url.ts';
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
}

/** The routes in the order of the file, and the pools of the config with those that URLs stand for. */
export function compileRoutes(
  config: Config,
  source: Source,
  { middleware, conditions, serverTls }: RouteParts,
): { readonly routes: RoutePlan[]; readonly pools: PoolPlan[] } {
  const pools = new PoolList(config, source, serverTls);
  const names = new FreeNames(config.routes.map((route, i) => givenName(route, i, source)));
  const routes = config.routes.map((route, i) => ({
    name: givenName(route, i, source) ?? names.take(ownName(route, i, source)),
    hosts: route.host,
    path: route.path,
    listeners: route.listeners,
    ...plainRoute,
    priority: route.priority,
    ignoreCase: route.ignoreCase,
    when: conditions[i],
    transport: transportPlan(route, config),
    middleware: middleware[i]!,
    timeouts: route.timeouts,
    translate: route.to === undefined ? undefined : route.translate,
    pool: poolOf(route, i, pools),
    replacePrefix: replacement(route),
    hostHeader: route.hostHeader ?? config.forwarding.hostHeader,
    upgrade: route.upgrade,
  }));
  return { routes, pools: pools.list };
}

function poolOf({ to }: RouteConfig, index: number, pools: PoolList): string | undefined {
  if (to === undefined) return undefined;
  return to.kind === 'pool' ? to.name : pools.nameOf(to.url, index);
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
  if (route.to?.kind === 'pool' || route.keepPrefix === true) return undefined;
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
  /** Names of pools made for URLs, by what they reach and how they call themselves. */
  readonly #byServer = new Map<string, string>();

  constructor(config: Config, source: Source, tls: ServerTlsPlans) {
    this.#source = source;
    this.#tls = tls;
    this.list = Object.entries(config.pools).map(([name, pool]) =>
      this.#plan(name, pool, ['pools', name, 'servers'], tls.pools.get(name)),
    );
    this.#taken = new FreeNames(this.list.map((pool) => pool.name));
  }

  /** Routes with different paths on one server share its pool, and so its idle connections. */
  nameOf(url: UrlDestination, route: number): string {
    const path = ['routes', route, 'to'];
    const tls = this.#tls.routes[route];
    const key = JSON.stringify([serverKey(url), url.hostHeader, url.secure, tls]);
    const known = this.#byServer.get(key);
    if (known !== undefined) return known;
    const server = serverPlan(url, path, this.#source);
    const name = this.#taken.take(server.name);
    const defaults = poolSchema.parse({ servers: [url.origin] });
    this.list.push({ ...this.#plan(name, defaults, path, tls), servers: [{ ...server, name }] });
    this.#byServer.set(key, name);
    return name;
  }

  #plan(name: string, pool: PoolConfig, path: ConfigPath, tls: ServerTlsPlan = defaultServerTls): PoolPlan {
    const taken = new FreeNames();
    const servers = pool.servers.map((server, i) => {
      const plan = serverPlan(server, [...path, i], this.#source);
      return { ...plan, name: taken.take(plan.name) };
    });
    const { balance, timeouts, idleConnections, limits, lenient, sourceAddress } = pool;
    return { name, balance, servers, timeouts, idleConnections, limits, lenient, sourceAddress, tls };
  }
}

function serverPlan(server: ServerAddress, path: ConfigPath, source: Source): ServerPlan {
  const shown = source.shown.get(pathText(path)) ?? source.shown.get(pathText([...path, 'url']));
  const { address, hostHeader, secure } = server;
  const where = address.kind === 'unix' ? { ...address, path: resolve(source.folder, address.path) } : address;
  return { name: shown === undefined ? server.origin : shownOrigin(shown), address: where, secure, hostHeader };
}

/** The URL as it may be shown, without its path. */
function shownOrigin(shown: string): string {
  return /^(https?:\/\/[^/]*)/i.exec(shown)?.[1] ?? shown;
}
