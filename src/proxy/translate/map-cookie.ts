import { toPublicCookiePath } from './map-path.ts';
import type { Translation } from './translation.ts';

/**
 * The public form of a `Set-Cookie` value (RFC 6265 section 5.2). Everything that is not said here passes byte for byte.
 *
 * `Domain` with a name of the server goes away: the cookie is then for the host that the client asked. `Path` follows the
 * route. `Secure` is added where the client is on https. `SameSite=None` without https, which browsers refuse, becomes `Lax`.
 * A cookie named `__Host-...` keeps its path: it must be `/`.
 */
export function mapCookie(value: string, by: Translation): string {
  const pairEnd = endOfPair(value);
  const attributes = attributesOf(value, pairEnd);
  const isSecure = attributes.some(({ name }) => name === 'secure');
  const isHostOnly = value.slice(0, 7).toLowerCase() === '__host-';
  const isPlain = by.outside.scheme === 'http' && !isSecure;
  let out = value.slice(0, pairEnd);
  for (const attribute of attributes) {
    if (isPlain && attribute.name === 'samesite' && attribute.text.toLowerCase() === 'none') out += '; SameSite=Lax';
    else out += isHostOnly ? attribute.part : partFor(attribute, by);
  }
  return isSecure || by.outside.scheme === 'http' ? out : `${out}; Secure`;
}

/** One attribute with its semicolon, as it is to stand. */
function partFor({ part, name, text }: Attribute, by: Translation): string {
  if (name === 'domain') {
    const domain = (text.startsWith('.') ? text.slice(1) : text).toLowerCase();
    return by.names.hideDomain(domain) ? '' : part;
  }
  if (name !== 'path' || by.paths === undefined || !text.startsWith('/')) return part;
  const path = toPublicCookiePath(text, by.paths);
  const from = part.indexOf('/');
  return part.slice(0, from) + path + part.slice(from + text.length);
}

interface Attribute {
  /** As it came, with the semicolon before it. */
  readonly part: string;
  /** Lower case. */
  readonly name: string;
  readonly text: string;
}

function attributesOf(value: string, from: number): Attribute[] {
  const found: Attribute[] = [];
  for (let at = from; at < value.length;) {
    const next = value.indexOf(';', at + 1);
    const end = next < 0 ? value.length : next;
    const part = value.slice(at, end);
    const equals = part.indexOf('=');
    const name = part.slice(1, equals < 0 ? part.length : equals);
    found.push({ part, name: name.trim().toLowerCase(), text: equals < 0 ? '' : part.slice(equals + 1).trim() });
    at = end;
  }
  return found;
}

/** Where `name=value` ends. A value in quotes may hold semicolons, for programs other than browsers. */
function endOfPair(value: string): number {
  const semicolon = value.indexOf(';');
  const quote = value.indexOf('="');
  if (semicolon < 0) return value.length;
  if (quote < 0 || quote > semicolon) return semicolon;
  const close = value.indexOf('"', quote + 2);
  if (close < semicolon) return semicolon;
  let at = close + 1;
  while (value.charCodeAt(at) === 0x20 || value.charCodeAt(at) === 0x09) at++;
  return at === value.length || value.charCodeAt(at) === 0x3b ? at : semicolon;
}
