import { formatHostPort } from '../../core/ip.ts';

/**
 * The value of `for` in one element of RFC 7239 `Forwarded`, without quotes. Undefined where there is none, more than one,
 * or the element breaks the grammar anywhere. Quoted strings with a backslash count as broken: no address needs one.
 */
export function readFor(element: string): string | undefined {
  let found: string | undefined;
  for (let at = 0; at <= element.length;) {
    const equals = element.indexOf('=', at);
    if (equals < 0) return undefined;
    const end = endOfValue(element, equals + 1);
    if (end < 0) return undefined;
    if (element.slice(at, equals).trim().toLowerCase() === 'for') {
      if (found !== undefined) return undefined;
      found = unquote(element.slice(equals + 1, end).trim());
    }
    at = end + 1;
  }
  return found;
}

/** Place of the semicolon behind a value, or of the element's end; -1 where the value is broken. */
function endOfValue(element: string, start: number): number {
  const quoted = element.charCodeAt(start) === 0x22;
  const from = quoted ? element.indexOf('"', start + 1) + 1 : start;
  if (quoted && from === 0) return -1;
  const semicolon = element.indexOf(';', from);
  const end = semicolon < 0 ? element.length : semicolon;
  const outside = element.slice(from, end);
  const isBroken = quoted ? outside.trim() !== '' || element.slice(start, from).includes('\\') : outside.includes('"');
  return isBroken ? -1 : end;
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1) : value;
}

/** A node as RFC 7239 section 6 writes it: quoted where it has colons, `unknown` for a peer without an address. */
export function writeNode(address: string, port: number): string {
  if (address === '' || address === 'unix') return 'unknown';
  if (port !== 0) return `"${formatHostPort(address, port)}"`;
  return address.includes(':') ? `"[${address}]"` : address;
}

/** @param host has been checked to be free of quotes; empty: unknown. */
export function writeElement(node: string, host: string, scheme: string): string {
  return host === '' ? `for=${node};proto=${scheme}` : `for=${node};host="${host}";proto=${scheme}`;
}
