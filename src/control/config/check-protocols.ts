import type { Draft, DraftPool, RouteConfig, Some } from './config.ts';
import type { ConfigPath } from './config-problem.ts';
import type { Problems } from './source.ts';

/** Which protocol servers are spoken to by must be said once, and of servers that are there; tunnels must be possible. */
export function checkProtocols(config: Draft, problems: Problems): void {
  for (const [name, pool] of Object.entries(config.pools ?? {}))
    if (pool !== undefined) checkPool(name, pool, problems);
  for (const [index, route] of (config.routes ?? []).entries()) {
    if (route === undefined) continue;
    checkRoute(route, index, problems);
    checkTunnel(route, index, problems);
  }
}

/** One pool speaks one protocol: its servers stand in for each other. */
function checkPool(name: string, { servers = [], protocol }: DraftPool, problems: Problems): void {
  const path: ConfigPath = ['pools', name];
  const prior = servers.findIndex((server) => server?.http2);
  if (prior === -1 || protocol?.version === 'http2') return;
  if (protocol?.version !== undefined) return refuseOther([...path, 'protocol'], protocol.version, problems);
  const other = servers.findIndex((server) => server !== undefined && server.http2 === undefined);
  if (other === -1) return;
  const line = problems.lineOf([...path, 'servers', prior]);
  problems.add({
    path: [...path, 'servers', other],
    message: `Cannot use this URL beside h2c:// (on ${line}) in one pool: all servers of a pool are spoken to alike`,
    remedy: 'write h2c:// here too, or protocol: http2 in the pool, or put it into a pool of its own',
  });
}

function refuseOther(path: ConfigPath, version: string, problems: Problems): void {
  const message = `Cannot use the protocol ${version}: the URL begins with h2c://, which is HTTP/2 and nothing else`;
  problems.add({ path, message, remedy: 'leave it out, or write http:// in the URL' });
}

function checkRoute({ protocol, to }: Some<RouteConfig>, index: number, problems: Problems): void {
  const path: ConfigPath = ['routes', index, 'protocol'];
  if (protocol === undefined) return;
  const refuse = (what: string, remedy: string): void =>
    problems.add({ path, end: 'key', message: `Cannot use the key "protocol": ${what}`, remedy });
  if (to?.kind === 'url') {
    const other = protocol.version !== undefined && protocol.version !== 'http2';
    if (to.url.http2 && other) refuseOther(path, protocol.version, problems);
  } else if (to !== undefined)
    refuse('the route leads to a pool, which other routes may use too', 'write it in the pool');
  else if (problems.isMissing(['routes', index, 'to'])) refuse('the route leads to no server', 'leave it out');
}

function checkTunnel({ tunnel, upgrade, to }: Some<RouteConfig>, index: number, problems: Problems): void {
  if (tunnel === undefined) return;
  const refuse = (what: string, remedy: string): void =>
    problems.add({
      path: ['routes', index, 'tunnel'],
      end: 'key',
      message: `Cannot use the key "tunnel": ${what}`,
      remedy,
    });
  if (upgrade?.length === 0) refuse('"upgrade" allows no protocol', 'leave one of the two out');
  else if (to === undefined && problems.isMissing(['routes', index, 'to']))
    refuse('the route leads to no server', 'leave it out');
}
