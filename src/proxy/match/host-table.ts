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

  constructor(routes: readonly RoutePlan[], parts: SharedParts) {
    const byHost = new Map<string, HostRoutes>();
    for (const route of routes) for (const host of route.hosts) routesOf(host, byHost).push(route);
    for (const each of byHost.values()) this.#set(each.host, pathsOf(each.routes, parts));
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

function routesOf(host: HostMatch, byHost: Map<string, HostRoutes>): RoutePlan[] {
  const key = host.kind === 'any' ? '*' : host.kind === 'exact' ? host.host : `*.${host.suffix}`;
  const known = byHost.get(key);
  if (known !== undefined) return known.routes;
  const routes: RoutePlan[] = [];
  byHost.set(key, { host, routes });
  return routes;
}

/** The quicker table where it is enough. */
function pathsOf(routes: readonly RoutePlan[], parts: SharedParts): PathLookup {
  if (routes.every(isPlain)) {
    const table = new PathTable();
    for (const route of routes) table.add(route);
    return table;
  }
  const table = new AskingPathTable();
  for (const route of routes) table.add(candidateOf(route, parts));
  return table;
}
