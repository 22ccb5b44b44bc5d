import type { Exchange } from '../exchange.ts';
import type { RoutePlan } from '../plan.ts';
import type { ServerPlan } from '../pool-plan.ts';
import { Names } from './names.ts';
import { pathMapOf, toPublicPath, type PathMap } from './map-path.ts';
import { outsideOf, type Outside } from './outside.ts';
import { isSlash, splitUrl } from './split-url.ts';

/** What one answer is translated by: where the client is, where the server is, and how their paths lie to each other. */
export class Translation {
  readonly outside: Outside;
  readonly names: Names;
  readonly paths: PathMap | undefined;

  /** @param sentHost what `Host` said to the server. */
  constructor(exchange: Exchange, route: RoutePlan, server: ServerPlan, sentHost: string) {
    this.outside = outsideOf(exchange);
    this.names = new Names(this.outside, server, sentHost, route.translate?.names ?? []);
    this.paths = pathMapOf(route, this.outside.before);
  }

  /** The public form of a URL or reference. Relative and foreign ones stay, byte for byte; junk too. */
  url(url: string): string {
    const split = splitUrl(url);
    if (split !== undefined) {
      if (!this.names.cover(split)) return url;
      // A client that named no host is told of none.
      if (this.outside.authority === '') return this.#path(split.rest) || '/';
      const scheme = split.scheme === undefined ? '' : `${this.outside.scheme}:`;
      return `${scheme}//${this.outside.authority}${this.#path(split.rest)}`;
    }
    if (this.paths === undefined || url.charCodeAt(0) !== 0x2f || isSlash(url.charCodeAt(1))) return url;
    return toPublicPath(url, this.paths);
  }

  /** What follows a host. */
  #path(rest: string): string {
    const path = isSlash(rest.charCodeAt(0)) ? `/${rest.slice(1)}` : `/${rest}`;
    if (this.paths !== undefined) return toPublicPath(path, this.paths);
    return rest === '' ? '' : path;
  }
}
