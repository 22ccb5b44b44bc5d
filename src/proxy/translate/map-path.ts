import { withoutFinalSlash } from '../forwarding/path-prefix.ts';
import type { RoutePlan } from '../plan.ts';

/** Which part of the server's paths is which part of the public ones. Prefixes have no final slash; `/` is empty. */
export interface PathMap {
  readonly kind: 'exact' | 'folder' | 'prefix';
  /** The prefix of the route; of an exact route the path. */
  readonly outer: string;
  /** What the server has in its place. */
  readonly inner: string;
  /** As `outer`, with what a proxy before us has taken off: servers that know `X-Forwarded-Prefix` write this. */
  readonly announced: string;
}

/** Undefined: paths are the same outside and inside. @param before what a proxy before us has taken off. */
export function pathMapOf({ path, replacePrefix }: RoutePlan, before: string): PathMap | undefined {
  // A pattern's path is replaced whole, and does not say which of those it fits was asked for.
  if (replacePrefix === undefined || path.kind === 'regex') return undefined;
  if (path.kind === 'exact') return { kind: 'exact', outer: path.path, inner: replacePrefix, announced: before };
  const outer = withoutFinalSlash(path.path);
  const inner = withoutFinalSlash(replacePrefix);
  return outer === inner ? undefined : { kind: path.kind, outer, inner, announced: before + outer };
}

/**
 * The public form of a path that a server wrote; query and fragment may follow and stay.
 *
 * (1) What begins with the server's prefix gets the route's in its place.
 * (2) What begins with the route's prefix already is public: servers that know `X-Forwarded-Prefix`, or were told their
 *     public address, write it so. Where both hold, the longer prefix decides.
 * (3) All else is no part of what the route publishes, and stays.
 *
 * Prefixes go by whole segments. An exact route maps its one path.
 */
export function toPublicPath(path: string, map: PathMap): string {
  if (map.kind === 'exact') return isBelow(path, map.inner, true) ? map.outer + path.slice(map.inner.length) : path;
  if (isPublic(path, map) || !isBelow(path, map.inner, false)) return path;
  const rest = path.slice(map.inner.length);
  // The root of a folder route is the folder itself: without its slash the route would not be found.
  const joint = rest.startsWith('/') || (map.kind === 'prefix' && map.outer !== '') ? '' : '/';
  return map.outer + joint + rest;
}

/**
 * The public form of a cookie's `Path`. What is above the server's prefix (`Path=/`) becomes the whole of the route, no more:
 * cookies of one application do not go to its neighbours.
 */
export function toPublicCookiePath(path: string, map: PathMap): string {
  if (map.kind === 'exact' || isPublic(path, map)) return path;
  const isAbove = isBelow(map.inner === '' ? '/' : map.inner, withoutFinalSlash(path), false);
  if (isBelow(path, map.inner, false) && path !== '/') return toPublicPath(path, map);
  return isAbove ? root(map) : path;
}

/** A cookie for `/app` goes to `/app` and all below it; a folder route has nothing but what is below. */
function root({ kind, outer }: PathMap): string {
  return kind === 'folder' || outer === '' ? `${outer}/` : outer;
}

function isPublic(path: string, { outer, inner, announced }: PathMap): boolean {
  if (announced.length > inner.length && isBelow(path, announced, false)) return true;
  return outer.length > inner.length && isBelow(path, outer, false);
}

/** True where the path begins with the prefix, by whole segments. @param exactly it goes no further. */
function isBelow(path: string, prefix: string, exactly: boolean): boolean {
  if (!path.startsWith(prefix)) return false;
  const next = path.charCodeAt(prefix.length);
  if (path.length === prefix.length || next === 0x3f || next === 0x23) return true;
  return !exactly && next === 0x2f;
}
