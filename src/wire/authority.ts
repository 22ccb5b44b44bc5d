import { ProxyError } from '../core/errors.ts';
import { isAddress } from '../core/ip.ts';
import { isAlphanumeric, tableOf } from './chars.ts';

/** The host and port that a request is for. */
export interface Authority {
  /** Lower case, without brackets and final dot. */
  readonly host: string;
  readonly port: number | undefined;
}

const DOT = 0x2e;
const COLON = 0x3a;
const BRACKET = '[';
/** DNS allows 253 octets; a little more costs nothing. */
const maxHost = 255;

/**
 * What names are made of, in practice: RFC 3986 also allows percent encodings and punctuation, which no name in DNS has
 * and which servers take apart differently.
 */
const nameChar: Uint8Array = tableOf((byte) => isAlphanumeric(byte) || byte === 0x2d || byte === DOT || byte === 0x5f);

/**
 * Takes `name`, `name:port`, `1.2.3.4:port` or `[::1]:port` apart (RFC 9112 section 3.2, RFC 3986 section 3.2).
 * @throws {ProxyError} `bad-host`: user names, an empty host or label, a port that is none, other characters.
 */
export function parseAuthority(text: string): Authority {
  if (text.startsWith(BRACKET)) return parseBracketed(text);
  const end = nameEnd(text);
  const port = parsePort(text, end);
  const length = text.charCodeAt(end - 1) === DOT ? end - 1 : end;
  if (length <= 0 || length > maxHost) throw badHost('it is empty or too long');
  const host = length === text.length ? text : text.slice(0, length);
  return { host: host.toLowerCase(), port };
}

/** Where the name ends that the text begins with. A name has no empty label, but may end with a dot. */
function nameEnd(text: string): number {
  let before = DOT;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (nameChar[code] !== 1 || (code === DOT && before === DOT)) return at;
    before = code;
  }
  return text.length;
}

function parseBracketed(text: string): Authority {
  const close = text.indexOf(']');
  const host = text.slice(1, Math.max(close, 1));
  // A zone index means something on one machine only.
  if (!host.includes(':') || host.includes('%') || !isAddress(host)) throw badHost('not an IPv6 address in brackets');
  return { host: host.toLowerCase(), port: parsePort(text, close + 1) };
}

/** The port in `text[at..]`: nothing, or a colon and a number from 1 to 65535. */
function parsePort(text: string, at: number): number | undefined {
  if (at === text.length) return undefined;
  if (text.charCodeAt(at) !== COLON) throw badHost('a character that no host has');
  const digits = text.length - at - 1;
  let port = 0;
  for (let i = at + 1; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9 || digits > 5) throw badHost('the port is not a number from 1 to 65535');
    port = port * 10 + digit;
  }
  if (port < 1 || port > 65_535) throw badHost('the port is not a number from 1 to 65535');
  return port;
}

function badHost(why: string): ProxyError {
  return new ProxyError('bad-host', `Cannot tell the host of the request: ${why}`);
}
