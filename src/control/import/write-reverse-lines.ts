import { isIPv6 } from 'node:net';

import type { Config, RouteConfig } from '../config/config.ts';
import type { UrlDestination } from '../config/server-url.ts';

/** A config in NetManager's format, and what could not be said in it. */
export interface ExportedLines {
  /** One definition each. */
  readonly lines: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Writes the routes that the format has words for. A route that would publish more by its line than it does, or something
 * else, is left out and named; what is only lost (waits, features that change nothing about who gets in) is named too.
 */
export function writeReverseLines(config: Config): ExportedLines {
  const lines: string[] = [];
  const notes: string[] = [];
  for (const [i, route] of config.routes.entries()) {
    const name = `route ${i + 1}${route.name === undefined ? '' : ` (${route.name})`}`;
    const why = obstacle(route, config);
    if (why !== undefined) notes.push(`Cannot write ${name}: ${why}`);
    else lines.push(...linesOf(route, config));
    const lost = why === undefined ? losses(route) : [];
    if (lost.length > 0) notes.push(`Written without what the format has no words for: ${name}, ${lost.join(', ')}`);
  }
  return { lines, notes };
}

/** Why a line would not say what the route does. */
function obstacle(route: RouteConfig, config: Config): string | undefined {
  if (route.path.kind !== 'folder' && route.path.kind !== 'prefix') return 'its path is not a folder or prefix';
  if (route.host.some(({ kind }) => kind === 'wildcard')) return 'a host with * has no form there';
  if (route.host.length > 1 && route.host.some(({ kind }) => kind === 'any')) return 'it names hosts beside *';
  if (route.middleware.length > 0) return `it has middleware (${route.middleware.map(({ name }) => name).join(', ')})`;
  if (route.when !== undefined) return 'it has conditions';
  if (route.clientCertificate !== 'ignore') return 'it asks for client certificates';
  const to = destinationOf(route, config);
  if (typeof to === 'string') return to;
  if (route.path.path.includes(',') || to.path.includes(',')) return 'there is a comma in a path';
  return reachObstacle(route, config);
}

function reachObstacle(route: RouteConfig, config: Config): string | undefined {
  const { plain, tls, hasTls } = reachOf(route, config);
  if (route.https !== 'allow' && !tls) return 'it is for https, and no listener of it has TLS';
  if (route.host[0]?.kind !== 'any' || !hasTls || tls) return undefined;
  return plain ? 'a path there is for https too' : 'no listener has it';
}

interface Reach {
  readonly plain: boolean;
  readonly tls: boolean;
  /** Some listener has TLS, of the route or not. */
  readonly hasTls: boolean;
}

function reachOf({ listeners }: RouteConfig, config: Config): Reach {
  const all = Object.entries(config.listeners);
  const own = all.filter(([name]) => listeners === undefined || listeners.includes(name));
  const hasTls = all.some(([, { tls }]) => tls !== undefined);
  return {
    plain: own.some(([, { tls }]) => tls === undefined),
    tls: own.some(([, { tls }]) => tls !== undefined),
    hasTls,
  };
}

/** The URL that the format has on the right; a text: why there is none. */
function destinationOf(route: RouteConfig, config: Config): UrlDestination | string {
  const { to, path } = route;
  if (to === undefined) return 'it leads to no server';
  const whole = path.kind === 'folder' || path.kind === 'prefix' ? path.path : '/';
  if (to.kind === 'split') return 'several pools share its requests';
  const found = to.kind === 'pool' ? onlyServer(to.name, whole, config) : to.url;
  if (typeof found === 'string') return found;
  if (found.address.kind === 'unix') return 'a unix socket has no form there';
  return route.keepPrefix === true ? { ...found, path: whole } : found;
}

function onlyServer(pool: string, path: string, config: Config): UrlDestination | string {
  const [server, ...others] = config.pools[pool]?.servers ?? [];
  return server === undefined || others.length > 0 ? `the pool ${pool} has several servers` : { ...server, path };
}

function linesOf(route: RouteConfig, config: Config): string[] {
  const to = destinationOf(route, config);
  if (typeof to === 'string') return [];
  const path = route.path.kind === 'regex' ? '' : route.path.path;
  const reach = reachOf(route, config);
  const right = to.origin + to.path;
  return route.host.flatMap((host) => {
    if (host.kind !== 'exact') return [path + flagged(right, route, reach)];
    const name = (isIPv6(host.host) ? `[${host.host}]` : host.host) + (path === '/' ? '' : path);
    if (reach.plain && reach.tls && route.https !== 'allow') return [`https://${name}${flagged(right, route, reach)}`];
    return [...(reach.plain ? [`http://${name},${right}`] : []), ...(reach.tls ? [`https://${name},${right}`] : [])];
  });
}

/** The right side with its comma before it, and the flag. */
function flagged(right: string, { https }: RouteConfig, { plain, tls }: Reach): string {
  if (https === 'redirect') return `,${right},httpsredirect`;
  return https === 'only' || (tls && !plain) ? `,${right},httpsonly` : `,${right}`;
}

function losses(route: RouteConfig): string[] {
  const lost = {
    hsts: route.hsts !== undefined,
    hostHeader: route.hostHeader !== undefined,
    timeouts: route.timeouts !== undefined,
    ignoreCase: route.ignoreCase,
    priority: route.priority !== 0,
    tls: route.tls !== undefined,
    translate: !isUsual(route.translate),
  };
  return Object.entries(lost).flatMap(([key, is]) => (is ? [key] : []));
}

function isUsual(plan: RouteConfig['translate']): boolean {
  return (
    plan !== undefined &&
    plan.locations &&
    plan.cookies &&
    (plan.names ?? []).length === 0 &&
    !plan.blockNtlm &&
    !plan.blockNegotiate
  );
}
