import { resolve } from 'node:path';

import {
  defaultServerTls,
  plainRoute,
  type FeaturePlan,
  type PoolPlan,
  type RoutePlan,
  type ServerPlan,
} from '../../proxy/index.ts';
import { serverKey } from './check-pools.ts';
import type { Config, PoolConfig, RouteConfig } from './config.ts';
import { pathText, type ConfigPath } from './config-problem.ts';
import { transportPlan } from './compile-transport.ts';
import { poolSchema } from './schema-pool.ts';
import type { ServerAddress, UrlDestination } from './server-url.ts';
import type { Source } from './source.ts';
import { valueAt } from './value-at.ts';

/** The routes in the order of the file, and the pools of the config with those that URLs stand for. */
export function compileRoutes(
  config: Config,
  source: Source,
  middleware: readonly (readonly FeaturePlan[])[],
): { readonly routes: RoutePlan[]; readonly pools: PoolPlan[] } {
  const pools = new PoolList(config, source);
  const names = new Set(config.routes.map((route, i) => givenName(route, i, source)));
  const routes = config.routes.map((route, i) => ({
    name: givenName(route, i, source) ?? unique(ownName(route, i, source), names),
    hosts: route.host,
    path: route.path,
    listeners: route.listeners,
    ...plainRoute,
    transport: transportPlan(route, config),
    middleware: middleware[i]!,
    timeouts: route.timeouts,
    pool: poolOf(route, i, pools),
    replacePrefix: replacement(route),
    hostHeader: route.hostHeader ?? config.forwarding.hostHeader,
    upgrade: route.upgrade,
  }));
  return { routes, pools: pools.list };
}

function poolOf({ to }: RouteConfig, index: number, pools: PoolList): string | undefined {
  if (to === undefined) return undefined;
  return to.kind === 'pool' ? to.name : pools.nameOf(to.url, ['routes', index, 'to']);
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
  const exact = source.shown.get(pathText(['routes', index, 'path', 'exact']));
  return host + others + (source.shown.get(pathText(['routes', index, 'path'])) ?? exact ?? route.path.path);
}

function hostText(host: RouteConfig['host'][number] | undefined): string {
  if (host === undefined || host.kind === 'any') return '*';
  return host.kind === 'exact' ? host.host : `*.${host.suffix}`;
}

/** Adds `#2`, `#3` and so on where the name is taken, and takes it. */
function unique(name: string, taken: Set<string | undefined>): string {
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name}#${i}`;
  taken.add(free);
  return free;
}

/** Undefined: the path stays. That is so for pools, and where stripping `/` or an exact path would leave nothing to say. */
function replacement(route: RouteConfig): string | undefined {
  if (route.to === undefined || route.to.kind === 'pool' || route.keepPrefix === true) return undefined;
  const { path } = route.to.url;
  if (path === '/' && (route.path.kind === 'exact' || route.path.path === '/')) return undefined;
  return path;
}

/** The pools of the config, and one for each server that routes name by URL. */
class PoolList {
  readonly list: PoolPlan[];
  readonly #source: Source;
  readonly #taken: Set<string | undefined>;
  /** Names of pools made for URLs, by what they reach and how they call themselves. */
  readonly #byServer = new Map<string, string>();

  constructor(config: Config, source: Source) {
    this.#source = source;
    this.list = Object.entries(config.pools).map(([name, pool]) => this.#plan(name, pool, ['pools', name, 'servers']));
    this.#taken = new Set(this.list.map((pool) => pool.name));
  }

  /** Routes with different paths on one server share its pool, and so its idle connections. */
  nameOf(url: UrlDestination, path: ConfigPath): string {
    const key = `${serverKey(url)} ${url.hostHeader}`;
    const known = this.#byServer.get(key);
    if (known !== undefined) return known;
    const server = serverPlan(url, path, this.#source);
    const name = unique(server.name, this.#taken);
    const defaults = poolSchema.parse({ servers: [url.origin] });
    this.list.push({ ...this.#plan(name, defaults, path), servers: [{ ...server, name }] });
    this.#byServer.set(key, name);
    return name;
  }

  #plan(name: string, pool: PoolConfig, path: ConfigPath): PoolPlan {
    const taken = new Set<string | undefined>();
    const servers = pool.servers.map((server, i) => {
      const plan = serverPlan(server, [...path, i], this.#source);
      return { ...plan, name: unique(plan.name, taken) };
    });
    const { balance, timeouts, idleConnections, limits, lenient, sourceAddress } = pool;
    const tls = defaultServerTls;
    return { name, balance, servers, timeouts, idleConnections, limits, lenient, sourceAddress, tls };
  }
}

function serverPlan(server: ServerAddress, path: ConfigPath, source: Source): ServerPlan {
  const shown = source.shown.get(pathText(path)) ?? source.shown.get(pathText([...path, 'url']));
  const { address, hostHeader } = server;
  const where = address.kind === 'unix' ? { ...address, path: resolve(source.folder, address.path) } : address;
  return { name: shown === undefined ? server.origin : shownOrigin(shown), address: where, secure: false, hostHeader };
}

/** The URL as it may be shown, without its path. */
function shownOrigin(shown: string): string {
  return /^(http:\/\/[^/]*)/i.exec(shown)?.[1] ?? shown;
}
