import { formatHostPort } from '../../core/ip.ts';
import { stages, type ListenerPlan, type Plan, type PoolPlan, type RoutePlan } from '../../proxy/index.ts';
import { conditionText } from './condition-text.ts';
import { Reach, type OpenTo } from './open-to.ts';
import { byPrecedence, hostText, type HostedRoute } from './precedence.ts';
import { protectionOf, type Protection } from './protection.ts';
import { reachableBy } from './reachable.ts';
import { ShownTexts } from './shown-texts.ts';

/** What can be reached from outside. Plain data, fit to be shown: what came from a `${...}` is `***`. */
export interface ListenerExposure {
  readonly name: string;
  /** `:443` for all addresses, `127.0.0.1:8080`, `unix:/run/x.sock`. */
  readonly address: string;
  readonly openTo: OpenTo;
  /** Null: plain HTTP. */
  readonly tls: TlsExposure | null;
  /** In the order in which requests meet them, one for each host. */
  readonly routes: readonly RouteExposure[];
}

export interface TlsExposure {
  readonly minVersion: string;
  readonly maxVersion: string;
  /** Hosts that a certificate is for. */
  readonly names: readonly string[];
  /** What those get that name another: the first certificate, or an alert. */
  readonly unknownName: 'default' | 'refuse';
  readonly asksForCertificates: boolean;
}

export interface RouteExposure extends Protection {
  readonly route: string;
  readonly host: string;
  /** `/a/`, `/a`, `= /a` for that path alone, `~ pattern`. */
  readonly path: string;
  /** What else must be true, in words. */
  readonly when: string | null;
  readonly priority: number;
  /** A pool, or the feature that answers. */
  readonly to: string;
  readonly servers: readonly string[];
}

/** Everything that can be reached from each listener, and what protects it. @param shown as `LoadedConfig.shown`. */
export function exposureOf(plan: Plan, shown: Readonly<Record<string, string>> = {}): readonly ListenerExposure[] {
  const reach = new Reach();
  const texts = new ShownTexts(shown);
  const pools = new Map(plan.pools.map((pool) => [pool.name, pool]));
  const hosted = plan.routes
    .flatMap((route, index) => route.hosts.map((host, hostIndex) => ({ route, host, index, hostIndex })))
    .toSorted(byPrecedence);
  return plan.listeners.map((listener) => ({
    name: listener.name,
    address: texts.of(['listeners', listener.name, 'address']) ?? addressText(listener),
    openTo: reach.of(listener),
    tls: tlsOf(listener),
    routes: hosted
      .filter(({ route }) => reachableBy(route, listener))
      .map((each) => routeOf(each, { plain: listener.tls === undefined, pools, texts })),
  }));
}

function addressText({ address }: ListenerPlan): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.host === undefined ? `:${address.port}` : formatHostPort(address.host, address.port);
}

function tlsOf({ tls }: ListenerPlan): TlsExposure | null {
  if (tls === undefined) return null;
  return {
    minVersion: versionText(tls.minVersion),
    maxVersion: versionText(tls.maxVersion),
    names: [...new Set(tls.certificates.flatMap(({ names }) => names))],
    unknownName: tls.unknownName,
    asksForCertificates: tls.clientCertificates !== undefined,
  };
}

/** `TLS 1.2` for OpenSSL's `TLSv1.2`. */
function versionText(version: string): string {
  return version === 'TLSv1' ? 'TLS 1.0' : version.replace('TLSv', 'TLS ');
}

interface Around {
  readonly plain: boolean;
  readonly pools: ReadonlyMap<string, PoolPlan>;
  readonly texts: ShownTexts;
}

function routeOf({ route, host, index, hostIndex }: HostedRoute, { plain, pools, texts }: Around): RouteExposure {
  const base = ['routes', index];
  const protection = protectionOf(texts.hides([...base, 'when']) ? { ...route, when: undefined } : route, plain);
  return {
    route: route.name,
    // A host may stand alone where a list of one would do.
    host: texts.of([...base, 'host', hostIndex], [...base, 'host']) ?? hostText(host),
    path: texts.hides([...base, 'path']) ? (texts.of([...base, 'path']) ?? '***') : pathText(route),
    when: whenText(route, texts.hides([...base, 'when'])),
    priority: route.priority,
    to: destinationText(route),
    servers: route.pool === undefined || route.disabled !== undefined ? [] : serversOf(route, pools),
    ...protection,
  };
}

function serversOf({ pool, split }: RoutePlan, pools: Around['pools']): string[] {
  const names = split?.parts.map((part) => part.pool) ?? [pool ?? ''];
  return names.flatMap((each) => pools.get(each)?.servers.map(({ name }) => name) ?? []);
}

function pathText({ path, ignoreCase }: RoutePlan): string {
  const text = path.kind === 'regex' ? `~ ${path.pattern}` : path.kind === 'exact' ? `= ${path.path}` : path.path;
  return ignoreCase ? `${text} (any case)` : text;
}

function whenText({ when }: RoutePlan, hidden: boolean): string | null {
  if (when === undefined) return null;
  return hidden ? '***' : conditionText(when);
}

/** A feature that answers comes before the pool, which is then never asked. Through a disabled route nothing is reached. */
function destinationText({ middleware, pool, disabled }: RoutePlan): string {
  if (disabled !== undefined) return 'nothing: it is disabled';
  const answers =
    middleware.find(({ name }) => stages[name] === 'respond') ??
    middleware.find(({ name }) => name === 'module' && pool === undefined);
  return answers?.name ?? pool ?? 'nothing';
}
