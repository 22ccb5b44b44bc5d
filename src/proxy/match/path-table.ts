import type { RoutePlan } from '../plan.ts';
import { Segment } from './segment.ts';

/**
 * The routes of one host, by path, where nothing but the path decides: an exact path first, then the folder or prefix with
 * the most segments, and of a folder and a prefix of the same segments the folder. Of equal routes the one added first.
 *
 * Folders and prefixes form a tree of segments: a lookup goes down as far as the path leads, so it never looks at more
 * segments than the deepest one configured has, however long the path or the list.
 */
export class PathTable {
  #exact: Map<string, RoutePlan> | undefined = undefined;
  readonly #root = new Segment<RoutePlan>();
  // Of the root, kept here too: most hosts have one route, and reach it without a further cache miss.
  #below: Map<string, Segment<RoutePlan>> | undefined = undefined;
  #base: RoutePlan | undefined = undefined;
  /** For `OPTIONS *`, which has no path: a route for the whole host. */
  #whole: RoutePlan | undefined = undefined;

  /** Patterns are not for this table. */
  add(route: RoutePlan): void {
    const { path } = route;
    if (path.kind === 'regex') return;
    if (path.kind === 'exact') {
      this.#exact ??= new Map();
      if (!this.#exact.has(path.path)) this.#exact.set(path.path, route);
    } else {
      const segment = this.#root.at(path.path);
      segment[path.kind] ??= route;
    }
    this.#below = this.#root.below;
    this.#base = this.#root.folder ?? this.#root.prefix;
    this.#whole = this.#exact?.get('/') ?? this.#base;
  }

  find(path: string): RoutePlan | undefined {
    const exact = this.#exact?.get(path);
    if (exact !== undefined) return exact;
    if (path.charCodeAt(0) === 0x2f) return this.#deepest(path);
    return path === '*' ? this.#whole : undefined;
  }

  #deepest(path: string): RoutePlan | undefined {
    let best = this.#base;
    let below = this.#below;
    let slash = 0;
    while (below !== undefined && slash >= 0) {
      const next = path.indexOf('/', slash + 1);
      const segment = below.get(next < 0 ? path.slice(slash + 1) : path.slice(slash + 1, next));
      if (segment === undefined) return best;
      best = (next < 0 ? undefined : segment.folder) ?? segment.prefix ?? best;
      below = segment.below;
      slash = next;
    }
    return best;
  }
}
