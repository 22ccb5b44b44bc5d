import type { Draft, DraftPool, ServerConfig } from './config.ts';
import type { ConfigPath } from './config-problem.ts';
import { poolsOf } from './destination.ts';
import type { AddressConfig } from './listen-address.ts';
import type { ServerAddress } from './server-url.ts';
import type { Problems } from './source.ts';

/** Servers that are named twice, pools that nothing leads to, and destinations that are this proxy itself. */
export function checkPools(config: Draft, problems: Problems): void {
  for (const [name, pool] of Object.entries(config.pools ?? {})) {
    const servers = pool?.servers ?? [];
    checkTwice(name, servers, problems);
    checkUsable(name, servers, problems);
    if (pool !== undefined) checkAdaptive(name, pool, problems);
    for (const [i, server] of servers.entries()) checkOwn(server, ['pools', name, 'servers', i], config, problems);
  }
  for (const [i, route] of (config.routes ?? []).entries()) {
    const to = route?.to;
    if (to?.kind === 'url') checkOwn(to.url, ['routes', i, 'to'], config, problems);
  }
  checkUnused(config, problems);
}

function checkTwice(pool: string, servers: readonly (ServerAddress | undefined)[], problems: Problems): void {
  const seen = new Map<string, number>();
  for (const [i, server] of servers.entries()) {
    if (server === undefined) continue;
    const key = serverKey(server);
    const other = seen.get(key);
    if (other === undefined) seen.set(key, i);
    else {
      const line = problems.lineOf(['pools', pool, 'servers', other]);
      const message = `Cannot use this server twice in one pool: it is also on ${line}`;
      problems.add({ path: ['pools', pool, 'servers', i], message, remedy: 'leave one of them out' });
    }
  }
}

/** A pool that no request could ever go to, and one whose first servers are backups of nobody. */
function checkUsable(pool: string, given: readonly (ServerConfig | undefined)[], problems: Problems): void {
  const servers = given.filter((server) => server !== undefined);
  if (servers.length === 0 || servers.length < given.length) return;
  const path = ['pools', pool, 'servers'];
  if (servers.every(({ weight }) => weight === 0)) {
    const message = 'Cannot use this pool: all of its servers have the weight 0, so none gets a request';
    problems.add({ path, message, remedy: 'give one of them a weight of 1 or more' });
  }
  if (servers.every(({ group }) => group > 0)) {
    const message = 'Cannot use this pool: there is no server in the group 0, so nothing that these are backups of';
    problems.add({ path, message, remedy: 'leave "backup" (or "group") out at those that are used first' });
  }
}

/** Servers that say nothing of their load are used by the weights of the config, which is round robin. */
function checkAdaptive(pool: string, { balance, agent, load }: DraftPool, problems: Problems): void {
  if (balance?.kind !== 'adaptive' || agent !== undefined || load !== undefined) return;
  const message = 'Cannot balance by what servers report: nothing says how they do';
  problems.add({ path: ['pools', pool, 'balance'], message, remedy: 'add "agent" or "load", or write round-robin' });
}

/** The same for URLs that reach the same server, however they are written. */
export function serverKey({ address }: ServerAddress): string {
  return address.kind === 'unix' ? `unix:${address.path}` : `${address.host} ${address.port}`;
}

function checkUnused(config: Draft, problems: Problems): void {
  const routes = config.routes ?? [];
  // A route that could not be read may be the one that leads there.
  if (routes.length === 0 || routes.some((route) => route?.to === undefined)) return;
  const used = new Set(routes.flatMap((route) => poolsOf(route?.to)));
  for (const name of Object.keys(config.pools ?? {})) {
    if (used.has(name)) continue;
    const message = `No route leads to the pool "${name}"`;
    problems.add({
      path: ['pools', name],
      end: 'key',
      message,
      remedy: 'write its name as the "to" of a route, or leave it out',
      severity: 'warning',
    });
  }
}

function checkOwn(server: ServerAddress | undefined, path: ConfigPath, config: Draft, problems: Problems): void {
  if (server === undefined) return;
  for (const [name, listener] of Object.entries(config.listeners ?? {})) {
    const address = listener?.address;
    if (address === undefined || !reaches(server, address)) continue;
    const message = `The listener "${name}" of this config has this address: requests would go in a circle`;
    problems.add({ path, message, remedy: 'write the address of a server', severity: 'warning' });
    return;
  }
}

/** The server's address is the listener's, or a loopback one with its port where it listens there. */
function reaches({ address: server }: ServerAddress, listener: AddressConfig): boolean {
  if (server.kind === 'unix') return listener.kind === 'unix' && server.path === listener.path;
  if (listener.kind === 'unix' || server.port !== listener.port) return false;
  return server.host === listener.host || loopbacksOf(listener.host).test(server.host);
}

/** The names of this machine for itself under which a listener on `host` can be reached. */
function loopbacksOf(host: string | undefined): RegExp {
  if (host === undefined) return /^(127\.|localhost$|::1$)/;
  if (host === '::') return /^(localhost$|::1$)/;
  if (host === '0.0.0.0') return /^(127\.|localhost$)/;
  return host === '127.0.0.1' || host === '::1' ? /^localhost$/ : /^$/;
}
