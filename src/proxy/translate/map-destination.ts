import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import { ProxyError } from '../../core/errors.ts';
import { targetEnd } from '../../wire/http1/target.ts';
import type { Exchange } from '../exchange.ts';
import { outsideOf } from './outside.ts';
import { isSlash, splitAuthority, splitUrl, type SplitUrl } from './split-url.ts';

/** What the server that is asked is called, and where a public path is on it. */
export interface DestinationEnv {
  /** `http://host:port`, the host as it is sent in `Host`; empty: not known yet, so the path alone is sent. */
  readonly origin: string;
  /** @returns undefined: no path of this route. @throws {ProxyError} it is no path at all. */
  toServerPath(path: string): string | undefined;
}

/** Only these have a `Destination` (RFC 4918 sections 9.8 and 9.9). */
export function hasDestination(method: string): boolean {
  return method === 'COPY' || method === 'MOVE';
}

/**
 * `Destination` says in public words where something is to be copied or moved; here it becomes the server's URL. The server
 * would write to whatever path it finds there, so only what the same route publishes is passed on.
 *
 * @returns the failure where it leads elsewhere; the request must not be sent then.
 */
export function mapDestination(headers: Headers, exchange: Exchange, env: DestinationEnv): ProxyError | undefined {
  for (let i = 0; i < headers.ids.length; i++) {
    if (headers.ids[i] !== Field.Destination) continue;
    const path = publicPath(headers.values[i]!, exchange);
    const mapped = path === undefined ? undefined : inside(path, env);
    if (mapped === undefined) {
      return new ProxyError('destination-denied', 'Cannot pass on the Destination: it leads out of the route');
    }
    headers.values[i] = env.origin + mapped;
  }
  return undefined;
}

/** The path in the URL, if that names the host that the client speaks to; a path alone counts too (RFC 4918 section 10.3). */
function publicPath(destination: string, exchange: Exchange): string | undefined {
  const { authority, before } = outsideOf(exchange);
  const url = splitUrl(destination);
  const isPath = destination.startsWith('/') && !isSlash(destination.charCodeAt(1));
  const path = url === undefined ? destination : url.rest === '' ? '/' : url.rest;
  if (url === undefined ? !isPath : !isOwn(url, authority)) return undefined;
  return before !== '' && path.startsWith(`${before}/`) ? path.slice(before.length) : path;
}

/** A TLS proxy before us may leave the port out, and clients the usual one; the scheme does not count. */
function isOwn(url: SplitUrl, authority: string): boolean {
  const own = splitAuthority(authority);
  if (own === undefined || own.host !== url.host) return false;
  return url.port === undefined || own.port === undefined || url.port === own.port;
}

function inside(reference: string, env: DestinationEnv): string | undefined {
  const end = reference.search(/[?#]/);
  const path = end < 0 ? reference : reference.slice(0, end);
  // A field may hold more than a target: some servers drop a tab, and `/..<tab>/` would be `/../` to them.
  if (targetEnd(path, 0) < path.length) return undefined;
  try {
    return env.toServerPath(path);
  } catch {
    return undefined;
  }
}
