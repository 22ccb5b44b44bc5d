/**
 * Replaces the first segments of a path. A path that does not begin with all of them stays.
 *
 * @param from without a slash at the end; empty: the root, which every path begins with.
 * @param to likewise.
 */
export function replacePrefix(path: string, from: string, to: string): string {
  if (!path.startsWith(from)) return path;
  const rest = path.slice(from.length);
  if (rest !== '' && rest.charCodeAt(0) !== 0x2f) return path; // `/apple` is not below `/app`.
  return to + rest;
}
