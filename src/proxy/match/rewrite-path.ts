import { withoutFinalSlash } from '../forwarding/path-prefix.ts';
import type { RoutePlan } from '../plan.ts';

/**
 * The path that the server sees: the matched prefix is replaced by `route.replacePrefix`; where that is undefined the path stays.
 *
 * (1) The path of an exact route, or of one with a pattern, is replaced whole, by the replacement as written: `/login` by
 *     `/auth/` is `/auth/`.
 * (2) Else what follows the prefix is kept as it is, and the answer ends with a slash exactly if the path did, whatever the
 *     ends of prefix and replacement. `/a` by `/v1` or `/v1/`: `/a` is `/v1`, `/a/` is `/v1/`, `/a/x` is `/v1/x`. So relative
 *     links mean the same to the client as to the server. Only where nothing would be left is it `/`.
 * (3) It starts with exactly one slash, and no `//` arises where the parts meet. Where prefix and replacement are the same,
 *     the path stays as it is.
 * (4) Where case is ignored, what is taken off is what the client wrote, and what is put on is spelt as in the config.
 *
 * @param path normalised, and matched by this route; `*` stays `*`.
 */
export function rewritePath(route: RoutePlan, path: string): string {
  if (route.replacePrefix === undefined || path === '*') return path;
  const replacement = withFirstSlash(route.replacePrefix);
  if (route.path.kind === 'exact' || route.path.kind === 'regex') return replacement;
  const prefix = withoutFinalSlash(route.path.path);
  const base = withoutFinalSlash(replacement);
  if (prefix === base && !route.ignoreCase) return path;
  const rest = path.slice(prefix.length);
  if (base !== '') return base + rest;
  // With slashes unmerged, `/a//x` would become `//x`, which reads as a host.
  return withFirstSlash(rest);
}

/** Exactly one slash in front. */
function withFirstSlash(path: string): string {
  let start = 0;
  while (path.charCodeAt(start) === 0x2f) start++;
  if (start === 1) return path;
  return `/${path.slice(start)}`;
}
