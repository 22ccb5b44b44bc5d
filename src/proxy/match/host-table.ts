import { withEach, type Piecework } from '../../core/piecework.ts';
import type { HostMatch, RoutePlan } from '../plan.ts';
import { AskingPathTable } from './asking-path-table.ts';
import { candidateOf, isPlain } from './candidate.ts';
import { anyKey, changedHosts, keyOf, wildcardKey } from './changed-hosts.ts';
import { PathTable } from './path-table.ts';
import type { RequestView } from './request-view.ts';
import type { SharedParts } from './shared-parts.ts';

type PathLookup = PathTable | AskingPathTable;

/** Routes of one listener and one priority, by host. */
export class HostTable {
  readonly #exact: Map<string, PathLookup>;
  readonly #wildcard: Map<string, PathLookup>;
  #any: PathLookup | undefined;
  /** All of them, for the next plan. */
  readonly #routes: readonly RoutePlan[];

  /** Has what another one has; `building` adds what is missing. */
  private constructor(routes: readonly RoutePlan[], before: HostTable | undefined) {
    this.#routes = routes;
    this.#exact = new Map(before && before.#exact);
    this.#wildcard = new Map(before && before.#wildcard);
    this.#any = before && before.#any;
  }

  /** @param before the one of the plan in force: hosts that have the same routes as there keep their tables of paths. */
  static *building(routes: readonly RoutePlan[], parts: SharedParts, before?: HostTable): Piecework<HostTable> {
    const changed = before && (yield* changedHosts(before.#routes, routes));
    const table = new HostTable(routes, before);
    yield;
    yield* withEach(changed ?? [], (key) => table.#drop(key));
    const byHost = new Map<string, HostRoutes>();
    yield* withEach(routes, (route) => {
      for (const host of route.hosts) if (changed?.has(keyOf(host)) ?? true) entryOf(host, byHost).routes.push(route);
    });
    for (const each of byHost.values()) {
      table.#set(each.host, yield* pathsOf(each.routes, parts));
      yield;
    }
    return table;
  }

  #drop(key: string): void {
    if (key === anyKey) this.#any = undefined;
    else if (key.startsWith(wildcardKey(''))) this.#wildcard.delete(key.slice(wildcardKey('').length));
    else this.#exact.delete(key);
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
}

function entryOf(host: HostMatch, byHost: Map<string, HostRoutes>): HostRoutes {
  const key = keyOf(host);
  const known = byHost.get(key);
  if (known !== undefined) return known;
  const entry: HostRoutes = { host, routes: [] };
  byHost.set(key, entry);
  return entry;
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
