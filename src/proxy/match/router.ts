import type { HostMatch, RoutePlan } from '../plan.ts';
import { PathTable } from './path-table.ts';

/**
 * Finds the route of an exchange. Which one wins does not depend on the order in the config:
 *
 * (1) Host: the name itself, before a wildcard (`*.example.com`, which stands for exactly one label, as in certificates),
 *     before any host.
 * (2) Within one host, path: the exact path, before the folder or prefix with the most segments; of the two for the same
 *     segments the folder (`/a/`) has what is below it, the prefix (`/a`) the path itself.
 * (3) Where the best host has no route for the path, the next one is asked.
 * (4) Only routes that are equal in all of this go by order: the first wins.
 *
 * A prefix goes by whole segments: `/api` is for `/api`, `/api/` and `/api/x`, never for `/apix`; the folder `/api/` not for
 * `/api`. The path `*` (of `OPTIONS *`) finds the route whose path is `/`.
 *
 * The cost of a lookup depends on the depth of the configured paths, not on the number of hosts or routes.
 */
export class Router {
  readonly #named: ReadonlyMap<string, HostTable>;
  /** For listeners that no route names. */
  readonly #others: HostTable;

  constructor(routes: readonly RoutePlan[]) {
    const names = new Set(routes.flatMap((route) => route.listeners ?? []));
    this.#others = new HostTable(routes.filter((route) => route.listeners === undefined));
    this.#named = new Map([...names].map((name) => [name, new HostTable(routesOf(routes, name))]));
  }

  /**
   * @param listener name of the listener that the exchange came in by.
   * @param host lower case, no port, no final dot; empty: the client named none.
   * @param path normalised, or `*`.
   */
  find(listener: string, host: string, path: string): RoutePlan | undefined {
    return (this.#named.get(listener) ?? this.#others).find(host, path);
  }
}

function routesOf(routes: readonly RoutePlan[], listener: string): RoutePlan[] {
  return routes.filter((route) => route.listeners === undefined || route.listeners.includes(listener));
}

/** The routes of one listener, by host. */
class HostTable {
  readonly #exact = new Map<string, PathTable>();
  readonly #wildcard = new Map<string, PathTable>();
  #any: PathTable | undefined = undefined;

  constructor(routes: readonly RoutePlan[]) {
    for (const route of routes) for (const host of route.hosts) this.#paths(host).add(route);
  }

  find(host: string, path: string): RoutePlan | undefined {
    return this.#exact.get(host)?.find(path) ?? this.#findWildcard(host, path) ?? this.#any?.find(path);
  }

  #findWildcard(host: string, path: string): RoutePlan | undefined {
    if (this.#wildcard.size === 0) return undefined;
    const dot = host.indexOf('.');
    return dot > 0 ? this.#wildcard.get(host.slice(dot + 1))?.find(path) : undefined;
  }

  #paths(host: HostMatch): PathTable {
    if (host.kind === 'any') return (this.#any ??= new PathTable());
    const [tables, key] = host.kind === 'exact' ? [this.#exact, host.host] : [this.#wildcard, host.suffix];
    const known = tables.get(key);
    if (known !== undefined) return known;
    const table = new PathTable();
    tables.set(key, table);
    return table;
  }
}
