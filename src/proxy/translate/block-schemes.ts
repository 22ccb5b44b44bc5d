import { tokenChar } from '../../wire/chars.ts';

/** Which ways to authenticate are hidden from clients. */
export interface Blocked {
  readonly blockNtlm: boolean;
  readonly blockNegotiate: boolean;
}

/**
 * Takes the challenges of blocked schemes out of a `WWW-Authenticate` value, which may hold several (RFC 9110 section
 * 11.6.1), and leaves the others byte for byte. Undefined: nothing is left.
 */
export function blockSchemes(value: string, blocked: Blocked): string | undefined {
  if (!blocked.blockNtlm && !blocked.blockNegotiate) return value;
  const kept: string[] = [];
  let drops = false;
  let dropped = 0;
  for (let at = 0; at <= value.length;) {
    const end = endOfElement(value, at);
    const element = value.slice(at, end);
    const scheme = schemeOf(element);
    if (scheme !== undefined) drops = isBlocked(scheme, blocked);
    if (drops) dropped++;
    else kept.push(element);
    at = end + 1;
  }
  if (dropped === 0) return value;
  const left = kept.join(',').trim();
  return left.replaceAll(',', '').trim() === '' ? undefined : left;
}

function isBlocked(scheme: string, { blockNtlm, blockNegotiate }: Blocked): boolean {
  return (blockNtlm && scheme === 'ntlm') || (blockNegotiate && scheme === 'negotiate');
}

/** The scheme, in lower case, where this is the first element of a challenge; undefined where it is one more parameter. */
function schemeOf(element: string): string | undefined {
  const text = element.trim();
  let end = 0;
  while (tokenChar[text.charCodeAt(end)] === 1) end++;
  if (end === 0) return undefined;
  let next = end;
  while (text.charCodeAt(next) === 0x20 || text.charCodeAt(next) === 0x09) next++;
  const isParameter = text.charCodeAt(next) === 0x3d;
  return isParameter ? undefined : text.slice(0, end).toLowerCase();
}

/** Place of the next comma outside of quotes, or the end. */
function endOfElement(value: string, from: number): number {
  let quoted = false;
  for (let at = from; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (quoted && code === 0x5c) at++;
    else if (code === 0x22) quoted = !quoted;
    else if (code === 0x2c && !quoted) return at;
  }
  return value.length;
}
