import type { HostMatch, PathMatch, RoutePlan } from '../../proxy/index.ts';

/** A route for one of its hosts. */
export interface HostedRoute {
  readonly route: RoutePlan;
  readonly host: HostMatch;
  /** In the order of the file. */
  readonly index: number;
  /** Which of the route's hosts. */
  readonly hostIndex: number;
}

const hostKinds = ['exact', 'wildcard', 'any'] as const;

/** Folders and prefixes go by their depth first. */
const pathRanks = { exact: 0, regex: 1, folder: 2, prefix: 2 } as const;

/**
 * The order in which requests meet routes, as far as a list can show it: of two routes for one request the one that is asked
 * first stands first. Hosts and paths that exclude each other stand in the order of the alphabet.
 */
export function byPrecedence(a: HostedRoute, b: HostedRoute): number {
  return (
    b.route.priority - a.route.priority ||
    hostKinds.indexOf(a.host.kind) - hostKinds.indexOf(b.host.kind) ||
    compare(hostText(a.host), hostText(b.host)) ||
    byPath(a.route.path, b.route.path) ||
    Number(a.route.ignoreCase) - Number(b.route.ignoreCase) ||
    Number(a.route.when === undefined) - Number(b.route.when === undefined) ||
    a.index - b.index
  );
}

/** An exact path, then patterns in the order of the file, then the deepest; the folder before the prefix, which has more. */
function byPath(a: PathMatch, b: PathMatch): number {
  const rank = pathRanks[a.kind] - pathRanks[b.kind];
  if (rank !== 0 || a.kind === 'regex' || b.kind === 'regex') return rank;
  return depth(b.path) - depth(a.path) || compare(bare(a.path), bare(b.path)) || compare(a.kind, b.kind);
}

/** Number of segments. */
function depth(path: string): number {
  return path.split('/').filter((segment) => segment !== '').length;
}

/** Without the final slash: `/a/` and `/a` are neighbours. */
function bare(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

export function hostText(host: HostMatch): string {
  if (host.kind === 'any') return '*';
  return host.kind === 'exact' ? host.host : `*.${host.suffix}`;
}

/** By code units, so that no machine's language changes it. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
