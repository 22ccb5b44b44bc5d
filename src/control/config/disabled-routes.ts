import type { Disabled } from '../../proxy/index.ts';
import type { Config, RouteConfig } from './config.ts';
import { poolsOf } from './destination.ts';
import type { Lack } from './source.ts';
import type { WhenConfig } from './when.ts';

/**
 * Routes that lack something outside the config, by their index, each with the first reason. A lack below a route is that
 * route's, one below a pool that of all routes to it, and where a listener cannot judge the certificates of clients, that of
 * all routes that ask for one there. Certificates of a listener are no route's.
 */
export function disabledRoutes(config: Config, lacks: readonly Lack[]): ReadonlyMap<number, Disabled> {
  const disabled = new Map<number, Disabled>();
  for (const { path, message } of lacks) {
    for (const index of routesOf(path, config)) if (!disabled.has(index)) disabled.set(index, { reason: message });
  }
  return disabled;
}

function routesOf([part, name, ...rest]: Lack['path'], { routes }: Config): readonly number[] {
  if (part === 'routes') return typeof name === 'number' ? [name] : [];
  const all = [...routes.entries()];
  if (part === 'pools') return indexes(all.filter(([, { to }]) => poolsOf(to).includes(String(name))));
  if (part !== 'listeners' || rest[1] !== 'clientCertificates') return [];
  return indexes(all.filter(([, route]) => isReachedBy(route, String(name)) && asksForCertificate(route)));
}

function indexes(routes: readonly (readonly [index: number, route: RouteConfig])[]): readonly number[] {
  return routes.map(([index]) => index);
}

function isReachedBy({ listeners }: RouteConfig, name: string): boolean {
  return listeners === undefined || listeners.includes(name);
}

function asksForCertificate({ clientCertificate, when }: RouteConfig): boolean {
  return (clientCertificate ?? 'ignore') !== 'ignore' || (when !== undefined && asksForSubject(when));
}

function asksForSubject({ tls, all = [], any = [], not }: WhenConfig): boolean {
  if (tls?.clientSubject !== undefined) return true;
  return [...all, ...any, ...(not === undefined ? [] : [not])].some(asksForSubject);
}
