import type { RoutePlan } from '../plan.ts';

/** The path without the slashes at its end: `/a/` and `/a` are `/a`, `/` is empty. */
export function withoutFinalSlash(path: string): string {
  let end = path.length;
  while (end > 0 && path.charCodeAt(end - 1) === 0x2f) end--;
  return end === path.length ? path : path.slice(0, end);
}

/** The prefix that rewriting takes away before the server sees the path, without final slash; empty where it takes none. */
export function takenPrefix(route: RoutePlan): string {
  const { path } = route;
  if (route.replacePrefix === undefined || path.kind === 'exact' || path.kind === 'regex') return '';
  const prefix = withoutFinalSlash(path.path);
  return prefix === withoutFinalSlash(route.replacePrefix) ? '' : prefix;
}
