/** An absolute or protocol-relative URL, taken apart as browsers do it. */
export interface SplitUrl {
  /** Undefined: the URL begins with `//` and takes the scheme of the page. */
  readonly scheme: 'http' | 'https' | undefined;
  /** Lower case, IPv6 without brackets, no final dot. */
  readonly host: string;
  /** As written; undefined where there is none. */
  readonly port: number | undefined;
  /** Path, query and fragment as they stand; may be empty. */
  readonly rest: string;
}

/** Longest authority that is looked into: a name has 255 octets, and a user name may stand before it. */
const longestAuthority = 1024;

/**
 * Takes apart what names a host by http or https. Backslashes count as slashes, several as two (WHATWG URL, section 4.4),
 * because that is where a browser would go. Undefined: it names no host, or nothing that can be one of ours.
 */
export function splitUrl(url: string): SplitUrl | undefined {
  const scheme = schemeOf(url);
  if (scheme === 'other') return undefined;
  const slashes = scheme === undefined ? 0 : scheme.length + 1;
  let start = slashes;
  while (isSlash(url.charCodeAt(start))) start++;
  if (start - slashes < 2) return undefined;
  const end = authorityEnd(url, start);
  if (end - start > longestAuthority) return undefined;
  const authority = url.slice(start, end);
  // RFC 9110 section 4.2.4: a user name has no place in a message, so it does not count and is not written again.
  const server = splitAuthority(authority.slice(authority.lastIndexOf('@') + 1));
  return server === undefined ? undefined : { scheme, ...server, rest: url.slice(end) };
}

/** Host and port of `name:port` or `[::1]:port`; undefined where the port is none. */
export function splitAuthority(text: string): { readonly host: string; readonly port: number | undefined } | undefined {
  const close = text.charCodeAt(0) === 0x5b ? text.indexOf(']') : -1;
  const colon = text.indexOf(':', close + 1);
  const end = colon < 0 ? text.length : colon;
  const port = colon < 0 || colon === text.length - 1 ? undefined : portOf(text, colon + 1);
  const name = close > 0 ? text.slice(1, close) : text.slice(0, end);
  if (port === -1 || name === '' || (close > 0 && end !== close + 1)) return undefined;
  return { host: (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase(), port };
}

/** `/` or `\`. */
export function isSlash(code: number): boolean {
  return code === 0x2f || code === 0x5c;
}

function schemeOf(url: string): 'http' | 'https' | 'other' | undefined {
  if (isSlash(url.charCodeAt(0))) return undefined;
  if ((url.charCodeAt(0) | 0x20) !== 0x68) return 'other';
  const head = url.slice(0, 6).toLowerCase();
  if (head === 'https:') return 'https';
  return head.startsWith('http:') ? 'http' : 'other';
}

function authorityEnd(url: string, start: number): number {
  for (let at = start; at < url.length; at++) {
    const code = url.charCodeAt(at);
    if (isSlash(code) || code === 0x3f || code === 0x23) return at;
  }
  return url.length;
}

/** -1: it is no port. */
function portOf(text: string, from: number): number {
  let port = 0;
  for (let at = from; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9 || port > 65_535) return -1;
    port = port * 10 + digit;
  }
  return port > 65_535 ? -1 : port;
}
