import type { HostMatch, ListenerTlsPlan } from '../../proxy/index.ts';
import { coversHost } from '../certificates/certificate-names.ts';
import { isWhole } from '../certificates/tls-sources.ts';
import type { Draft, ListenerConfig, RouteConfig, Some } from './config.ts';
import type { ConfigPath } from './config-problem.ts';
import type { Problems } from './source.ts';

type TlsPlans = ReadonlyMap<string, ListenerTlsPlan>;

type PartlyRoute = Some<RouteConfig>;

interface Reachable {
  readonly name: string;
  readonly listener: Some<ListenerConfig>;
}

/**
 * What routes ask of TLS must be there on the listeners that lead to them, and their hosts on certificates.
 * @param plans of the listeners whose certificates could be loaded.
 */
export function checkTls(config: Draft, plans: TlsPlans, problems: Problems): void {
  for (const [index, route] of (config.routes ?? []).entries()) {
    if (route === undefined) continue;
    const listeners = reachable(route, config);
    // A listener whose `tls` could not be read is not known to have none.
    if (listeners === undefined || listeners.some(({ name, listener }) => isUnread(name, listener, problems))) continue;
    checkTransport(route, index, listeners, problems);
    checkHosts(route, index, { listeners, plans }, problems);
  }
}

/** Undefined: nobody knows, because of another mistake. */
function reachable(route: PartlyRoute, config: Draft): readonly Reachable[] | undefined {
  const all = Object.entries(config.listeners ?? {});
  const names = route.listeners;
  const usable = names === undefined ? all : all.filter(([name]) => names.includes(name));
  if (usable.length === 0 || usable.some(([, listener]) => listener === undefined)) return undefined;
  return usable.map(([name, listener]) => ({ name, listener: listener! }));
}

function isUnread(name: string, listener: Some<ListenerConfig>, problems: Problems): boolean {
  return !isWhole(listener.tls) && !problems.isMissing(['listeners', name, 'tls']);
}

function checkTransport(route: PartlyRoute, index: number, listeners: readonly Reachable[], problems: Problems): void {
  const secure = listeners.filter(({ listener }) => listener.tls !== undefined);
  if (secure.length === 0 && route.https !== undefined && route.https !== 'allow') {
    refuseWithoutTls(route.https, ['routes', index, 'https'], problems);
  }
  const wanted = route.clientCertificate;
  if (wanted === undefined || wanted === 'ignore') return;
  if (secure.some(({ listener }) => listener.tls?.clientCertificates !== undefined)) return;
  const why = secure.length === 0 ? 'none of its listeners has tls' : 'none of its listeners asks clients for one';
  const remedy = 'add tls.clientCertificates to a listener of it, or leave clientCertificate out';
  const path: ConfigPath = ['routes', index, 'clientCertificate'];
  if (wanted === 'require') {
    problems.add({ path, message: `Cannot require a certificate of clients: ${why}`, remedy });
  } else {
    const message = `No client can show a certificate to this route: ${why}`;
    problems.add({ path, message, remedy, severity: 'warning' });
  }
}

function refuseWithoutTls(https: 'only' | 'redirect', path: ConfigPath, problems: Problems): void {
  if (https === 'only') {
    const message = 'Cannot serve this route by https only: none of its listeners has tls';
    return problems.add({ path, message, remedy: 'add tls to a listener of it, or leave https out' });
  }
  const message =
    'This route redirects to https, and none of its listeners has tls: clients come back to nothing, unless another server answers there';
  return problems.add({ path, message, remedy: 'add tls to a listener of it', severity: 'warning' });
}

interface Served {
  readonly listeners: readonly Reachable[];
  readonly plans: TlsPlans;
}

function checkHosts(route: PartlyRoute, index: number, { listeners, plans }: Served, problems: Problems): void {
  const secure = listeners.filter(({ listener }) => listener.tls !== undefined);
  const known = secure.map(({ name }) => plans.get(name));
  if (secure.length === 0 || known.includes(undefined)) return;
  const names = known.flatMap((plan) => plan!.certificates.flatMap((each) => each.names));
  for (const [i, host] of (route.host ?? []).entries()) {
    if (isCovered(host, names)) continue;
    const path = problems.itemPath(['routes', index, 'host'], i);
    const where = secure.length === 1 ? `the listener "${secure[0]!.name}"` : 'its listeners';
    const message = `No certificate of ${where} is for the host ${problems.show(path, shownHost(host))}: browsers warn of it`;
    const remedy = 'add a certificate for it, or lead the route to a listener that has one';
    problems.add({ path, message, remedy, severity: 'warning' });
  }
}

/** A route for any host says nothing of which they are. */
function isCovered(host: HostMatch, names: readonly string[]): boolean {
  if (host.kind === 'any') return true;
  return host.kind === 'exact' ? coversHost(names, host.host) : names.includes(`*.${host.suffix}`);
}

function shownHost(host: HostMatch): string {
  if (host.kind === 'any') return '*';
  return host.kind === 'exact' ? host.host : `*.${host.suffix}`;
}
