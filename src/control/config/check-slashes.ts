import type { RouteConfig, Some } from './config.ts';
import { quote, type ConfigPath } from './config-problem.ts';
import type { Problems } from './source.ts';

/**
 * Warns where the path of a route and that of its URL do not both end with a slash, or neither. What is sent is the same
 * either way, each path with exactly the slashes that the client's has; but people read such pairs in two ways.
 */
export function checkSlashes(route: Some<RouteConfig>, index: number, problems: Problems): void {
  const { path, to } = route;
  if ((path?.kind !== 'folder' && path?.kind !== 'prefix') || to?.kind !== 'url') return;
  const pair: Pair = { path: path.path, origin: to.url.origin, urlPath: to.url.path };
  if (!disagree(pair)) return;
  const base: ConfigPath = ['routes', index];
  problems.add({
    path: [...base, 'to'],
    message: messageFor(pair, base, problems),
    remedy: remedyFor(pair, problems.isSecret([...base, 'to']) || problems.isSecret([...base, 'path'])),
    severity: 'warning',
  });
}

interface Pair {
  readonly path: string;
  readonly origin: string;
  readonly urlPath: string;
}

function disagree({ path, urlPath }: Pair): boolean {
  return path !== '/' && urlPath !== '/' && path.endsWith('/') !== urlPath.endsWith('/');
}

/** Both lines, where they are two. */
function messageFor({ path, origin, urlPath }: Pair, base: ConfigPath, problems: Problems): string {
  const shownPath = problems.show([...base, 'path'], path);
  const shownUrl = problems.show([...base, 'to'], origin + urlPath);
  const line = problems.lineOf([...base, 'path']);
  const where = line === problems.lineOf([...base, 'to']) ? '' : ` (${line})`;
  const [one, other] = path.endsWith('/') ? [shownPath, shownUrl] : [shownUrl, shownPath];
  return `The path ${shownPath}${where} and the URL ${shownUrl} do not agree: ${one} ends with a slash, ${other} does not`;
}

/** The pair with slashes: a folder is what people mostly mean. */
function remedyFor({ path, origin, urlPath }: Pair, isSecret: boolean): string {
  if (isSecret) return 'end both with a slash';
  return `write path: ${shown(withSlash(path))} and to: ${shown(origin + withSlash(urlPath))}`;
}

function shown(text: string): string {
  return quote(text).slice(1, -1);
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
