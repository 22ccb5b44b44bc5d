import { atOnce, withEach, type Piecework } from '../../core/piecework.ts';
import type { RoutePlan } from '../plan.ts';
import { HostTable } from './host-table.ts';
import type { RequestView } from './request-view.ts';
import { SharedParts } from './shared-parts.ts';

/**
 * Finds the route of an exchange. Which one wins does not depend on the order in the config, but for (3) and (6):
 *
 * (1) Priority: a higher one first, whatever host and path.
 * (2) Host: the name itself, before a wildcard (`*.example.com`, which stands for exactly one label, as in certificates),
 *     before any host.
 * (3) Within one host, path: the exact path, before patterns in the order of the config, before the folder or prefix with
 *     the most segments; of two for the same segments the folder (`/a/`) has what is below it, the prefix (`/a`) the path
 *     itself.
 * (4) For the same path, a route for which case counts comes before one that ignores it.
 * (5) Where the best host or priority has no route for the request, the next one is asked.
 * (6) Of routes that are equal in all of this, those with conditions come first. Else they go by order: the first wins.
 * (7) A route whose conditions do not hold is passed over: the next in this order is asked.
 *
 * A prefix goes by whole segments: `/api` is for `/api`, `/api/` and `/api/x`, never for `/apix`; the folder `/api/` not for
 * `/api`. The path `*` (of `OPTIONS *`) finds the route whose path is `/`.
 *
 * The cost of a lookup depends on the depth of the configured paths, not on the number of hosts or routes; patterns and
 * conditions are asked one by one, but only those of the request's host.
 */
export class Router {
  readonly #tables: Tables;

  /** @param tables made of these routes by `building`; default: made now. */
  constructor(routes: readonly RoutePlan[], tables: Tables = atOnce(tablesOf(routes))) {
    this.#tables = tables;
  }

  /** The same in pieces. @param before the router in force: what it has for the same routes is taken over. */
  static *building(routes: readonly RoutePlan[], before?: Router): Piecework<Router> {
    return new Router(routes, yield* tablesOf(routes, before && before.#tables));
  }

  /** The target's path must be normalised, or be `*`; the host empty where the client named none. */
  find(request: RequestView): RoutePlan | undefined {
    return (this.#tables.named.get(request.client.listener) ?? this.#tables.others).find(request);
  }
}

interface Tables {
  readonly named: ReadonlyMap<string, ByPriority>;
  /** For listeners that no route names. */
  readonly others: ByPriority;
}

function* tablesOf(routes: readonly RoutePlan[], before?: Tables): Piecework<Tables> {
  const parts = new SharedParts();
  const names = new Set<string>();
  const common: RoutePlan[] = [];
  yield* withEach(routes, (route) => {
    if (route.listeners === undefined) common.push(route);
    for (const name of route.listeners ?? []) names.add(name);
  });
  const others = yield* ByPriority.building(common, parts, before?.others);
  const named = new Map<string, ByPriority>();
  for (const name of names) {
    const each = yield* ByPriority.building(routesOf(routes, name), parts, before?.named.get(name));
    named.set(name, each);
  }
  return { named, others };
}

function routesOf(routes: readonly RoutePlan[], listener: string): RoutePlan[] {
  return routes.filter((route) => route.listeners === undefined || route.listeners.includes(listener));
}

/** The routes of one listener: a table for each priority, mostly one. */
class ByPriority {
  readonly #levels: ReadonlyMap<number, HostTable>;
  readonly #first: HostTable | undefined;
  readonly #others: readonly HostTable[];

  /** @param levels by priority, the highest first. */
  constructor(levels: ReadonlyMap<number, HostTable>) {
    this.#levels = levels;
    [this.#first, ...this.#others] = levels.values();
  }

  static *building(routes: readonly RoutePlan[], parts: SharedParts, before?: ByPriority): Piecework<ByPriority> {
    const levels = new Map<number, HostTable>();
    const old = before && before.#levels;
    const groups = [...Map.groupBy(routes, ({ priority }) => priority)].toSorted(([a], [b]) => b - a);
    yield;
    for (const [priority, each] of groups) {
      levels.set(priority, yield* HostTable.building(each, parts, old?.get(priority)));
    }
    return new ByPriority(levels);
  }

  find(request: RequestView): RoutePlan | undefined {
    const { host } = request;
    const { path } = request.target;
    const first = this.#first?.find(host, path, request);
    if (first !== undefined || this.#others.length === 0) return first;
    for (const table of this.#others) {
      const route = table.find(host, path, request);
      if (route !== undefined) return route;
    }
    return undefined;
  }
}
