import { Headers } from '../core/headers.ts';
import type { Exchange, ProxyResponse } from './exchange.ts';
import type { RequestView } from './match/request-view.ts';
import type { Router } from './match/router.ts';

/**
 * `/portal` where only the folder `/portal/` is published: clients are sent there, as web servers do for their folders.
 * Undefined: there is no such folder. For requests that no route takes.
 *
 * @returns 308 keeps method and body (RFC 9110 section 15.4.9).
 */
export function folderRedirect(exchange: Exchange, router: Router): ProxyResponse | undefined {
  const { path, query } = exchange.target;
  if (path.endsWith('/') || path === '*') return undefined;
  const folder = `${path}/`;
  const route = router.find(withPath(exchange, folder));
  if (route?.path.kind !== 'folder') return undefined;
  // A folder further up has this path already, so it can only have been passed over for its conditions.
  const isSame = route.ignoreCase ? sameLetters(route.path.path, folder) : route.path.path === folder;
  if (!isSame) return undefined;
  exchange.route = route;
  const headers = new Headers();
  headers.add('Location', folder + query);
  return { status: 308, reason: '', headers, body: undefined, announcedLength: undefined };
}

/** The request as if it were for another path. */
export function withPath(exchange: Exchange, path: string): RequestView {
  const { client, clientAddress, host, method, scheme, headers, target } = exchange;
  return { client, clientAddress, host, method, scheme, headers, target: { ...target, path } };
}

function sameLetters(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase();
}
