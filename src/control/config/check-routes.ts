import { stages, type HostMatch, type PathMatch, type Stage } from '../../proxy/index.ts';
import { checkReach } from './check-reach.ts';
import { checkSlashes } from './check-slashes.ts';
import type { Draft, FeatureConfig, RouteConfig, Some } from './config.ts';
import type { ConfigPath } from './config-problem.ts';
import type { Destination, SplitDestination } from './destination.ts';
import { nearest } from './nearest.ts';
import type { Problems } from './source.ts';
import { isComplete } from './when-relations.ts';

/** What routes name must be there, and no two of them may be for the same requests. */
export function checkRoutes(config: Draft, problems: Problems): void {
  const seen: Seen = { names: new Map(), places: new Map() };
  for (const [index, route] of (config.routes ?? []).entries()) {
    if (route === undefined) continue;
    checkName(route, index, seen, problems);
    checkPlace(route, index, seen, problems);
    checkDestination(route, index, config, problems);
    checkListenerNames(route, index, config, problems);
  }
  checkReach(config, problems);
}

type PartlyRoute = Some<RouteConfig>;

/** Routes with one host and path, by index: the first for all listeners, and those for some. */
interface SeenPlace {
  all: number | undefined;
  readonly some: Map<string | undefined, number>;
}

interface Seen {
  /** Index of the first route with this name. */
  readonly names: Map<string, number>;
  readonly places: Map<string, SeenPlace>;
}

function checkName(route: PartlyRoute, index: number, seen: Seen, problems: Problems): void {
  if (route.name === undefined) return;
  const other = seen.names.get(route.name);
  if (other === undefined) {
    seen.names.set(route.name, index);
    return;
  }
  const path: ConfigPath = ['routes', index, 'name'];
  const line = problems.lineOf(['routes', other, 'name']);
  const message = `Cannot use the name ${problems.show(path, route.name)} twice: the route on ${line} has it`;
  problems.add({ path, message, remedy: 'choose another, or leave it out' });
}

/** The same host, path and listener as a route before: which of them wins would be up to their order. */
function checkPlace(route: PartlyRoute, index: number, seen: Seen, problems: Problems): void {
  const { path: match, host: hosts, listeners } = route;
  if (match === undefined || hosts === undefined || !isReadable(route, index, problems)) return;
  for (const [i, host] of hosts.entries()) {
    const other = takePlace(placeOf(host, match, route), listeners, index, seen);
    if (other === undefined || other === index) continue;
    const line = problems.lineOf(['routes', other]);
    const same = route.when === undefined ? 'host and path' : 'host, path and conditions';
    const message = `Cannot use the same ${same} twice: the route on ${line} has them too`;
    const path = hosts.length > 1 ? problems.itemPath(['routes', index, 'host'], i) : ['routes', index];
    problems.add({ path, message, remedy: 'leave one of them out, or give it another path or other listeners' });
  }
}

/** @returns the route that is there already for one of these listeners; of a route for all of them, for any. */
function takePlace(
  key: string,
  listeners: readonly (string | undefined)[] | undefined,
  index: number,
  { places }: Seen,
): number | undefined {
  const place = places.get(key) ?? { all: undefined, some: new Map<string | undefined, number>() };
  places.set(key, place);
  if (listeners === undefined) {
    const other = place.all ?? [...place.some.values()][0];
    place.all ??= index;
    return other;
  }
  const other = listeners.map((each) => place.some.get(each)).find((each) => each !== undefined) ?? place.all;
  for (const listener of listeners) place.some.set(listener, index);
  return other;
}

/** What could not be read may tell two routes apart. */
function isReadable(route: PartlyRoute, index: number, problems: Problems): boolean {
  const keys = ['when', 'priority', 'ignoreCase'] as const;
  return keys.every((key) => isComplete(route[key]) || problems.isMissing(['routes', index, key]));
}

function placeOf(host: HostMatch, path: PathMatch, { priority, ignoreCase, when }: PartlyRoute): string {
  const name = host.kind === 'exact' ? host.host : host.kind === 'wildcard' ? `*.${host.suffix}` : '*';
  const written = path.kind === 'regex' ? path.pattern : path.path;
  // Where there is no letter, case makes no difference.
  const text = ignoreCase === true && path.kind !== 'regex' ? written.toLowerCase() : written;
  const loose = ignoreCase === true && (path.kind === 'regex' || /[a-z]/i.test(text));
  return JSON.stringify([name, path.kind, text, loose, priority, when]);
}

function checkDestination(route: PartlyRoute, index: number, config: Draft, problems: Problems): void {
  const to = route.to;
  if (to === undefined) return checkAnswers(route, index, problems);
  if (to.kind === 'pool') checkPoolName(to.name, ['routes', index, 'to'], config, problems);
  else if (to.kind === 'split') checkSplit(to, index, config, problems);
  checkPrefix(route, to, index, problems);
}

/** Without a destination a feature must answer. */
function checkAnswers(route: PartlyRoute, index: number, problems: Problems): void {
  if (!problems.isMissing(['routes', index, 'to'])) return;
  // Features that could not be read may be the ones that answer.
  const features: readonly (FeatureConfig | undefined)[] | undefined = route.middleware;
  if (features === undefined || features.some((each) => each === undefined || mayAnswer(stages[each.name]))) return;
  problems.add({
    path: ['routes', index],
    message: 'Cannot find the key "to": the route leads nowhere, and no feature of it answers',
    remedy: 'add it, for example to: app',
  });
}

/** Middleware of one's own may, and nobody knows. */
function mayAnswer(stage: Stage): boolean {
  return stage === 'respond' || stage === 'any';
}

function checkSplit({ parts, short }: SplitDestination, index: number, config: Draft, problems: Problems): void {
  const base: ConfigPath = short ? ['routes', index, 'to'] : ['routes', index, 'to', 'split'];
  for (const [i, { pool }] of parts.entries()) checkPoolName(pool, [...base, i, 'pool'], config, problems);
}

function checkPoolName(name: string, path: ConfigPath, config: Draft, problems: Problems): void {
  if (Object.hasOwn(config.pools ?? {}, name)) return;
  const pools = problems.full ? [] : Object.keys(config.pools ?? {});
  const near = problems.isSecret(path) ? undefined : nearest(name, pools);
  const known = pools.length === 0 ? 'there are none' : `there are ${listed(pools)}`;
  const remedy =
    near === undefined ? `add it under pools (${known}), or write a URL with http://` : `did you mean "${near}"?`;
  problems.add({ path, message: `Cannot find the pool ${problems.show(path, name)}: it is not under pools`, remedy });
}

function checkPrefix(route: PartlyRoute, to: Destination, index: number, problems: Problems): void {
  const path: ConfigPath = ['routes', index, 'keepPrefix'];
  if (to.kind !== 'url' && route.keepPrefix === false) {
    const message = 'Cannot strip the prefix: a pool always gets the whole path';
    problems.add({ path, message, remedy: 'leave keepPrefix out, or lead the route to a URL' });
  }
  if (to.kind !== 'url' || to.url.path === '/') return;
  if (route.path?.kind === 'regex') {
    problems.add({
      path: ['routes', index, 'to'],
      message: 'Cannot replace a prefix: the path of the route is a pattern, which has none',
      remedy: 'leave out the path of the URL, and use rewrite',
    });
  }
  if (route.keepPrefix === true) {
    const message = 'Cannot keep the prefix: the path of the URL takes its place';
    problems.add({ path, message, remedy: 'leave out keepPrefix, or the path of the URL' });
  }
  checkSlashes(route, index, problems);
}

function checkListenerNames(route: PartlyRoute, index: number, config: Draft, problems: Problems): void {
  const names = Object.keys(config.listeners ?? {});
  for (const [i, name] of (route.listeners ?? []).entries()) {
    if (name === undefined || Object.hasOwn(config.listeners ?? {}, name)) continue;
    const path = problems.itemPath(['routes', index, 'listeners'], i);
    const near = problems.isSecret(path) ? undefined : nearest(name, names);
    const remedy = near === undefined ? `there are ${listed(names)}` : `did you mean "${near}"?`;
    problems.add({
      path,
      message: `Cannot find the listener ${problems.show(path, name)}: it is not under listeners`,
      remedy,
    });
  }
}

/** At most ten names: a remedy is a sentence, not a page. */
function listed(names: readonly string[]): string {
  const more = names.length > 10 ? ` and ${names.length - 10} others` : '';
  return names.slice(0, 10).join(', ') + more;
}
