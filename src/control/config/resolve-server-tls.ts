import { defaultServerTls, type ServerTlsPlan } from '../../proxy/index.ts';
import type { FileOf } from '../certificates/load-certificate.ts';
import { loadClientIdentity } from '../certificates/load-client-identity.ts';
import { loadServerAuthorities } from '../certificates/load-server-authorities.ts';
import { FileReport } from '../certificates/report.ts';
import type { ConfigFiles } from './config-files.ts';
import type { Draft, RouteConfig, ServerTlsConfig, Some } from './config.ts';
import type { ConfigPath } from './config-problem.ts';
import type { Problems } from './source.ts';

/** How servers are spoken to by TLS: of each pool that says something of it, and of each route, by its index. */
export interface ServerTlsPlans {
  readonly pools: ReadonlyMap<string, ServerTlsPlan>;
  readonly routes: readonly (ServerTlsPlan | undefined)[];
}

/** Reads the files that are named under `tls` of pools and routes. What is wrong goes to `problems`. */
export async function resolveServerTls(config: Draft, files: ConfigFiles, problems: Problems): Promise<ServerTlsPlans> {
  const report = new FileReport(files, problems);
  const plan = (tls: Some<ServerTlsConfig>, path: ConfigPath): Promise<ServerTlsPlan> =>
    planOf(tls, path, report, problems);
  const pools = Object.entries(config.pools ?? {}).map(async ([name, pool]) => {
    if (pool?.tls === undefined) return undefined;
    const path = ['pools', name, 'tls'];
    if (pool.servers?.every((server) => server !== undefined && !server.secure) === true) refuseIdle(path, problems);
    return [name, await plan(pool.tls, path)] as const;
  });
  const routes = (config.routes ?? []).map(async (route, i) => {
    if (route?.tls === undefined) return undefined;
    const path = ['routes', i, 'tls'];
    checkRoute(route, i, path, problems);
    return plan(route.tls, path);
  });
  const named = (await Promise.all(pools)).filter((each) => each !== undefined);
  return { pools: new Map(named), routes: await Promise.all(routes) };
}

function refuseIdle(path: ConfigPath, problems: Problems): void {
  const message = 'Cannot use the key "tls": no server of this pool has an https:// URL';
  problems.add({ path, end: 'key', message, remedy: 'write https:// where a server speaks TLS, or leave tls out' });
}

function checkRoute({ to }: Some<RouteConfig>, index: number, path: ConfigPath, problems: Problems): void {
  const refuse = (what: string, remedy: string): void =>
    problems.add({ path, end: 'key', message: `Cannot use the key "tls": ${what}`, remedy });
  if (to !== undefined && to.kind !== 'url')
    refuse('the route leads to a pool, which other routes may use too', 'write it in the pool');
  else if (to !== undefined && !to.url.secure)
    refuse('the URL of "to" is not https://', 'write https:// there, or leave tls out');
  else if (problems.isMissing(['routes', index, 'to'])) refuse('the route leads to no server', 'leave it out');
}

async function planOf(
  tls: Some<ServerTlsConfig>,
  path: ConfigPath,
  report: FileReport,
  problems: Problems,
): Promise<ServerTlsPlan> {
  // After a mistake in them values are missing, also from lists.
  const { verify = true, ca, serverName, certificate, minVersion = defaultServerTls.minVersion } = tls;
  const pins = tls.pins?.filter((pin: string | undefined) => pin !== undefined) ?? [];
  // Who has the pinned key is the server, whatever its certificate says.
  if (!verify) warnOfBlindness([...path, 'verify'], pins.length > 0, problems);
  if (!verify && ca !== undefined) warnOfUnusedCa([...path, 'ca'], problems);
  return {
    verify,
    ca: ca === undefined ? undefined : loadServerAuthorities(authorityFiles(ca, [...path, 'ca'], problems), report),
    serverName,
    certificate:
      certificate && (await loadClientIdentity(certificate, filesOf([...path, 'certificate'], problems), report)),
    pins: [...new Set(pins)].toSorted(),
    minVersion,
  };
}

function authorityFiles(
  names: readonly (string | undefined)[],
  path: ConfigPath,
  problems: Problems,
): { name: string; path: ConfigPath; what: string }[] {
  return names.flatMap((name, i) =>
    name === undefined ? [] : [{ name, path: problems.itemPath(path, i), what: 'the authority file' }],
  );
}

/** A certificate may be one file, which stands alone, or several with their keys. */
function filesOf(path: ConfigPath, problems: Problems): FileOf {
  return (part, name) => {
    const own = [...path, part];
    return { name, path: problems.isMissing(own) ? path : own, what: part === 'key' ? 'the key' : 'the certificate' };
  };
}

function warnOfBlindness(path: ConfigPath, pinned: boolean, problems: Problems): void {
  const message = pinned
    ? 'These servers are known by their keys alone: names, dates and authorities of their certificates count for nothing'
    : 'These servers are not verified: whoever answers in their place reads and changes everything';
  const remedy = pinned
    ? 'leave verify out, and add their authority as ca'
    : 'leave verify out, and add their authority as ca or their keys as pins';
  problems.add({ path, message, remedy, severity: 'warning' });
}

function warnOfUnusedCa(path: ConfigPath, problems: Problems): void {
  const message = 'The authorities are not asked for: verify is false';
  problems.add({ path, message, remedy: 'leave out one of them', severity: 'warning' });
}
