import type { Piecework } from '../../core/piecework.ts';
import type { HostMatch, RoutePlan } from '../plan.ts';
import { AskingPathTable } from './asking-path-table.ts';
import { candidateOf, isPlain } from './candidate.ts';
import { PathTable } from './path-table.ts';
import type { RequestView } from './request-view.ts';
import type { SharedParts } from './shared-parts.ts';

type PathLookup = PathTable | AskingPathTable;

/** Routes of one listener and one priority, by host. */
export class HostTable {
  readonly #exact = new Map<string, PathLookup>();
  readonly #wildcard = new Map<string, PathLookup>();
  #any: PathLookup | undefined = undefined;
  /** What the tables of paths were made from, for the next plan. */
  #made: ReadonlyMap<string, HostRoutes> = new Map();

  /** Empty; `building` makes one of routes. */
  private constructor() {}

  /** @param before the one of the plan in force: hosts that have the same routes as there keep their tables of paths. */
  static *building(routes: readonly RoutePlan[], parts: SharedParts, before?: HostTable): Piecework<HostTable> {
    const table = new HostTable();
    const made = before && before.#made;
    const byHost = new Map<string, HostRoutes>();
    for (const route of routes) {
      for (const host of route.hosts) entryOf(host, byHost).routes.push(route);
      yield;
    }
    for (const [key, each] of byHost) {
      const known = made?.get(key);
      each.paths = known !== undefined && sameItems(known.routes, each.routes) ? known.paths : undefined;
      each.paths ??= yield* pathsOf(each.routes, parts);
      table.#set(each.host, each.paths);
      yield;
    }
    table.#made = byHost;
    return table;
  }

  find(host: string, path: string, request: RequestView): RoutePlan | undefined {
    return (
      this.#exact.get(host)?.find(path, request) ??
      this.#findWildcard(host, path, request) ??
      this.#any?.find(path, request)
    );
  }

  #findWildcard(host: string, path: string, request: RequestView): RoutePlan | undefined {
    if (this.#wildcard.size === 0) return undefined;
    const dot = host.indexOf('.');
    return dot > 0 ? this.#wildcard.get(host.slice(dot + 1))?.find(path, request) : undefined;
  }

  #set(host: HostMatch, paths: PathLookup): void {
    if (host.kind === 'any') this.#any = paths;
    else if (host.kind === 'exact') this.#exact.set(host.host, paths);
    else this.#wildcard.set(host.suffix, paths);
  }
}

interface HostRoutes {
  readonly host: HostMatch;
  readonly routes: RoutePlan[];
  paths: PathLookup | undefined;
}

function entryOf(host: HostMatch, byHost: Map<string, HostRoutes>): HostRoutes {
  const key = host.kind === 'any' ? '*' : host.kind === 'exact' ? host.host : `*.${host.suffix}`;
  const known = byHost.get(key);
  if (known !== undefined) return known;
  const entry: HostRoutes = { host, routes: [], paths: undefined };
  byHost.set(key, entry);
  return entry;
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** The quicker table where it is enough. */
function* pathsOf(routes: readonly RoutePlan[], parts: SharedParts): Piecework<PathLookup> {
  if (routes.every(isPlain)) {
    const table = new PathTable();
    for (const route of routes) {
      table.add(route);
      yield;
    }
    return table;
  }
  const table = new AskingPathTable();
  for (const route of routes) {
    table.add(candidateOf(route, parts));
    yield;
  }
  return table;
}
