import { ProxyError } from '../../core/errors.ts';
import { tableOf } from '../chars.ts';

/** The path and query of a request line. */
export interface RequestTarget {
  /** Raw, before normalisation: begins with `/`, or is `*`. */
  readonly path: string;
  /** With its `?`; empty where there is none. */
  readonly query: string;
  /** Path and query as they stood, without scheme and authority. */
  readonly raw: string;
}

/** A target of another form than the usual one. */
export interface FullTarget {
  readonly target: RequestTarget;
  /** Of absolute-form: what the request is for, whatever Host says. */
  readonly authority: string | undefined;
  /** Port of the scheme. */
  readonly defaultPort: number;
}

/** Tells an https URL. */
export const httpsPort = 443;

const SLASH = 0x2f;

/**
 * Visible ASCII but `#`: more than RFC 3986 allows, because browsers send some of it raw. What must not be in a path on
 * top of this, a backslash, is found when it is normalised.
 */
const targetChar: Uint8Array = tableOf((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x23);

/** The first place from `from` on that holds what no target may. */
export function targetEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && targetChar[text.charCodeAt(at)] === 1) at++;
  return at;
}

/** True for origin-form (RFC 9112 section 3.2.1), the form of nearly all requests. */
export function isOriginForm(raw: string): boolean {
  return raw.charCodeAt(0) === SLASH;
}

/** Takes a target in origin-form apart. */
export function splitTarget(raw: string): RequestTarget {
  const mark = raw.indexOf('?');
  if (mark < 0) return { path: raw, query: '', raw };
  return { path: raw.slice(0, mark), query: raw.slice(mark), raw };
}

/**
 * Takes asterisk-form and absolute-form apart (RFC 9112 sections 3.2.2 and 3.2.4).
 * @throws {ProxyError} `bad-path` for any other form, other schemes than http and https, and `*` where the method is not OPTIONS.
 */
export function parseFullTarget(text: string, method: string): FullTarget {
  if (text === '*') {
    if (method !== 'OPTIONS') throw new ProxyError('bad-path', 'Cannot read the target: * is for OPTIONS only');
    return { target: asterisk(), authority: undefined, defaultPort: 0 };
  }
  const scheme = text.slice(0, 8).toLowerCase();
  if (scheme.startsWith('http://')) return parseAbsolute(text, 7, 80, method);
  if (scheme === 'https://') return parseAbsolute(text, 8, httpsPort, method);
  throw new ProxyError('bad-path', 'Cannot read the target: neither a path nor an http or https URL');
}

function parseAbsolute(text: string, from: number, defaultPort: number, method: string): FullTarget {
  let at = from;
  while (at < text.length && text[at] !== '/' && text[at] !== '?') at++;
  const authority = text.slice(from, at);
  return { target: targetOf(text.slice(at), method), authority, defaultPort };
}

/** A URL without a path is one for `/`, but with OPTIONS it means the server as a whole (RFC 9112 section 3.2.4). */
function targetOf(rest: string, method: string): RequestTarget {
  if (rest === '' && method === 'OPTIONS') return asterisk();
  return splitTarget(rest.startsWith('/') ? rest : `/${rest}`);
}

function asterisk(): RequestTarget {
  return { path: '*', query: '', raw: '*' };
}
