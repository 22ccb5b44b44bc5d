import type { RoutePlan } from '../plan.ts';

/** One segment of the configured folders and prefixes, and those that go on below it. */
class Segment {
  /** Route of the folder that ends here: for what is below. */
  folder: RoutePlan | undefined = undefined;
  /** Route of the prefix that ends here: for the path itself and what is below. */
  prefix: RoutePlan | undefined = undefined;
  below: Map<string, Segment> | undefined = undefined;

  child(name: string): Segment {
    this.below ??= new Map();
    let child = this.below.get(name);
    if (child === undefined) this.below.set(name, (child = new Segment()));
    return child;
  }
}

/**
 * The routes of one host, by path: an exact path first, then the folder or prefix with the most segments, and of a folder
 * and a prefix of the same segments the folder. Of equal routes the one added first.
 *
 * Folders and prefixes form a tree of segments: a lookup goes down as far as the path leads, so it never looks at more
 * segments than the deepest one configured has, however long the path or the list.
 */
export class PathTable {
  #exact: Map<string, RoutePlan> | undefined = undefined;
  readonly #root = new Segment();
  // Of the root, kept here too: most hosts have one route, and reach it without a further cache miss.
  #below: Map<string, Segment> | undefined = undefined;
  #base: RoutePlan | undefined = undefined;
  /** For `OPTIONS *`, which has no path: a route for the whole host. */
  #whole: RoutePlan | undefined = undefined;

  add(route: RoutePlan): void {
    const { kind, path } = route.path;
    if (kind === 'exact') {
      this.#exact ??= new Map();
      if (!this.#exact.has(path)) this.#exact.set(path, route);
    } else {
      const segment = this.#segment(path);
      segment[kind] ??= route;
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

  #segment(path: string): Segment {
    let segment = this.#root;
    const end = path.endsWith('/') ? path.length - 1 : path.length;
    for (let at = 1; at <= end;) {
      const slash = path.indexOf('/', at);
      const stop = slash < 0 ? end : Math.min(slash, end);
      segment = segment.child(path.slice(at, stop));
      at = stop + 1;
    }
    return segment;
  }
}
