import type { HostMatch, PathMatch } from '../../proxy/index.ts';
import type { Draft, RouteConfig, Some } from './config.ts';
import type { ConfigPath } from './config-problem.ts';
import type { Problems } from './source.ts';
import { demandsOf, implies, isComplete, overlap, type Demands } from './when-relations.ts';

/** A route of which everything is known that decides when it is asked. */
interface Entry {
  readonly index: number;
  readonly hosts: readonly HostMatch[];
  readonly path: PathMatch;
  readonly ignoresCase: boolean;
  readonly priority: number;
  readonly listeners: readonly string[] | undefined;
  readonly demands: Demands;
}

type Places = ReadonlyMap<string, readonly Entry[]>;

/** Of more routes with one host and path only these are compared with each other, so that the time stays bounded. */
const mostCompared = 20;

/** Paths that are deeper are not looked at. */
const mostSegments = 32;

/**
 * Warns of routes that no request can reach because others take all of theirs, and of routes where only their order decides.
 * It says only what is certain: what two patterns have in common, for example, is not known.
 */
export function checkReach(config: Draft, problems: Problems): void {
  const entries = entriesOf(config, problems);
  const places = new Map<string, Entry[]>();
  for (const entry of entries) {
    for (const host of entry.hosts) {
      const key = `${hostKey(host)} ${pathKey(entry.path, entry.ignoresCase)}`;
      const there = places.get(key);
      if (there === undefined) places.set(key, [entry]);
      else if (there.length < mostCompared) there.push(entry);
    }
  }
  const levels = new Set(entries.map((entry) => entry.priority)).size;
  for (const entry of entries) {
    const taker = takerOf(entry, places, levels > 1);
    if (taker !== undefined) warnOfShadow(entry, taker, problems);
    else warnOfOrder(entry, places, problems);
  }
}

function entriesOf(config: Draft, problems: Problems): Entry[] {
  return (config.routes ?? []).flatMap((route, index) => {
    const { host: hosts, path, priority, ignoreCase } = route ?? {};
    if (hosts === undefined || path === undefined || priority === undefined || ignoreCase === undefined) return [];
    if (!isWhole(route!, index, problems)) return [];
    const { listeners, when } = route!;
    const ignoresCase = ignoreCase && hasLetters(path);
    return [{ index, hosts, path, ignoresCase, priority, listeners, demands: demandsOf(when) }];
  });
}

/** What could not be read is not as if it were not there. */
function isWhole({ when, listeners }: Some<RouteConfig>, index: number, problems: Problems): boolean {
  const isMissing = (key: string): boolean => problems.isMissing(['routes', index, key]);
  return (isComplete(when) || isMissing('when')) && (isComplete(listeners) || isMissing('listeners'));
}

function hasLetters(path: PathMatch): boolean {
  return path.kind === 'regex' || /[a-z]/i.test(path.path);
}

// --- shadows ---------------------------------------------------------------------------------------------------------

/** A route that takes all requests of this one, host by host; for several hosts that of the last. */
function takerOf(entry: Entry, places: Places, far: boolean): Entry | undefined {
  let taker: Entry | undefined;
  for (const host of entry.hosts) {
    taker = takerAt(entry, host, places, far);
    if (taker === undefined) return undefined;
  }
  return taker;
}

/** @param far other places count too: only a higher priority takes anything from there. */
function takerAt(entry: Entry, host: HostMatch, places: Places, far: boolean): Entry | undefined {
  const paths = far ? coveringPaths(entry) : [pathKey(entry.path, entry.ignoresCase)];
  for (const name of far ? coveringHosts(host) : [hostKey(host)]) {
    for (const path of paths) {
      const found = places.get(`${name} ${path}`)?.find((other) => takesAll(other, entry));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** @param other has a place that covers that of `entry`, or the same. */
function takesAll(other: Entry, entry: Entry): boolean {
  if (other === entry || other.priority < entry.priority) return false;
  if (!isForAll(other.listeners, entry.listeners) || !implies(entry.demands, other.demands)) return false;
  if (other.priority > entry.priority) return true;
  return isSamePlace(other, entry) && comesFirst(other, entry);
}

function isForAll(wide: readonly string[] | undefined, narrow: readonly string[] | undefined): boolean {
  return wide === undefined || narrow?.every((name) => wide.includes(name)) === true;
}

/** Of two at one place. Patterns go by their order alone. */
function comesFirst(other: Entry, entry: Entry): boolean {
  const isAsking = (each: Entry): boolean => each.path.kind !== 'regex' && each.demands.size > 0;
  if (isAsking(other) !== isAsking(entry)) return isAsking(other);
  return other.index < entry.index;
}

function isSamePlace(one: Entry, other: Entry): boolean {
  return (
    pathKey(one.path, one.ignoresCase) === pathKey(other.path, other.ignoresCase) &&
    one.hosts.some((host) => other.hosts.some((each) => hostKey(each) === hostKey(host)))
  );
}

function coveringHosts(host: HostMatch): string[] {
  if (host.kind === 'any') return ['*'];
  if (host.kind === 'wildcard') return [hostKey(host), '*'];
  const dot = host.host.indexOf('.');
  return [host.host, ...(dot > 0 ? [`*${host.host.slice(dot)}`] : []), '*'];
}

/** Keys of the places that have all paths that this one has. */
function coveringPaths({ path, ignoresCase }: Entry): string[] {
  const own = pathKey(path, ignoresCase);
  const ignored = pathKey(path, true);
  const above = path.kind === 'regex' ? ['folder /'] : foldersAbove(path.path, path.kind);
  // A route for which case counts does not have all that one has which ignores it.
  const strict = ignoresCase ? above.filter((key) => !/ .*[a-z]/i.test(key)) : above;
  const loose = above.map((key) => `any case ${key.toLowerCase()}`);
  return [...new Set([own, ignored, ...strict, ...loose])];
}

function foldersAbove(path: string, kind: 'exact' | 'folder' | 'prefix'): string[] {
  const segments = path.split('/').slice(1, -1);
  if (segments.length > mostSegments) return [];
  const keys = ['folder /'];
  let prefix = '';
  for (const segment of segments) {
    prefix += `/${segment}`;
    keys.push(`prefix ${prefix}`, `folder ${prefix}/`);
  }
  return kind === 'exact' && !path.endsWith('/') ? [...keys, `prefix ${path}`] : keys;
}

function warnOfShadow(entry: Entry, taker: Entry, problems: Problems): void {
  const path: ConfigPath = ['routes', entry.index];
  const line = problems.lineOf(['routes', taker.index]);
  const why = taker.priority > entry.priority ? ', which has a higher priority,' : '';
  problems.add({
    path,
    message: `No request reaches this route: the one on ${line}${why} takes all that are for it`,
    remedy: 'leave it out, or let the other ask for more',
    severity: 'warning',
  });
}

// --- order -----------------------------------------------------------------------------------------------------------

function warnOfOrder(entry: Entry, places: Places, problems: Problems): void {
  if (entry.demands.size === 0) return;
  for (const host of entry.hosts) {
    const there = places.get(`${hostKey(host)} ${pathKey(entry.path, entry.ignoresCase)}`) ?? [];
    const other = there.find((each) => goesByOrder(each, entry));
    if (other === undefined) continue;
    const line = problems.lineOf(['routes', other.index]);
    problems.add({
      path: ['routes', entry.index],
      message: `A request can be for this route and the one on ${line}: only their order decides, and the other comes first`,
      remedy: 'let one of them ask for more, or give one a priority',
      severity: 'warning',
    });
    return;
  }
}

/** A special case before the general one is how it should be. */
function goesByOrder(other: Entry, entry: Entry): boolean {
  if (other.index >= entry.index || other.priority !== entry.priority || other.demands.size === 0) return false;
  if (!haveOneListener(other.listeners, entry.listeners)) return false;
  return overlap(other.demands, entry.demands) && !implies(other.demands, entry.demands);
}

function haveOneListener(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  return one === undefined || other === undefined || one.some((name) => other.includes(name));
}

// --- places ----------------------------------------------------------------------------------------------------------

function hostKey(host: HostMatch): string {
  if (host.kind === 'any') return '*';
  return host.kind === 'exact' ? host.host : `*.${host.suffix}`;
}

function pathKey(path: PathMatch, ignoresCase: boolean): string {
  if (path.kind === 'regex') return `${ignoresCase ? 'any case ' : ''}regex ${path.pattern}`;
  const key = `${path.kind} ${path.path}`;
  return ignoresCase ? `any case ${key.toLowerCase()}` : key;
}
