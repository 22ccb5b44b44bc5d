import { ProxyError } from '../core/errors.ts';
import { isAlphanumeric, tableOf } from './chars.ts';

/** How the path is normalised before matching. */
export interface PathOptions {
  /** `//` counts as `/`. */
  readonly mergeSlashes: boolean;
}

/** What never changes by being percent-encoded (RFC 3986 section 2.3). */
const unreserved: Uint8Array = tableOf((byte) => isAlphanumeric(byte) || '-._~'.includes(String.fromCharCode(byte)));

/**
 * Brings the path of a request to the one spelling that is matched and sent: percent encodings of unreserved characters
 * are decoded and the others written in upper case, dot segments resolved, and repeated slashes merged if asked for.
 * `%2F` stays what it is: part of a segment. Idempotent; the time is linear in the length.
 * @param path raw, without the query: begins with `/`, or is `*`.
 * @throws {ProxyError} `bad-path`: it leads above the root, holds a bad or zero encoding or a backslash, or a segment
 * that a server which decodes more than we do would take for `..`.
 */
export function normalisePath(path: string, options: PathOptions): string {
  if (isPlain(path, options.mergeSlashes)) return path;
  if (!path.startsWith('/')) throw badPath('it does not begin with a slash');
  if (path.includes('\\')) throw badPath('it holds a backslash');
  const decoded = path.includes('%') ? decodeUnreserved(path) : path;
  return resolve(decoded, options.mergeSlashes);
}

/** True where there is nothing to do: no encoding, no segment that begins with a dot, no empty segment. */
function isPlain(path: string, mergeSlashes: boolean): boolean {
  return (
    !path.includes('/.') &&
    !path.includes('%') &&
    !path.includes('\\') &&
    !(mergeSlashes && path.includes('//')) &&
    (path.startsWith('/') || path === '*')
  );
}

function decodeUnreserved(path: string): string {
  let out = '';
  let from = 0;
  for (let at = path.indexOf('%'); at >= 0; at = path.indexOf('%', from)) {
    const byte = byteAt(path, at + 1);
    if (byte < 0) throw badPath('a percent sign without two hexadecimal digits after it');
    if (byte === 0) throw badPath('%00');
    out += path.slice(from, at);
    out += unreserved[byte] === 1 ? String.fromCharCode(byte) : path.slice(at, at + 3).toUpperCase();
    from = at + 3;
  }
  return out + path.slice(from);
}

/** Resolves dot segments as in RFC 3986 section 5.2.4, but refuses those that go above the root. */
function resolve(path: string, mergeSlashes: boolean): string {
  const kept: string[] = [];
  const segments = path.slice(1).split('/');
  // What follows the last slash is a file's name or, if it is empty or dots, says that the path is a folder's.
  const file = segments.pop()!;
  for (const segment of segments) {
    if (segment !== '' || !mergeSlashes) step(kept, segment);
  }
  const isFolder = file === '' || file === '.' || file === '..';
  if (file !== '') step(kept, file);
  if (kept.length === 0) return '/';
  return `/${kept.join('/')}${isFolder ? '/' : ''}`;
}

/** One segment further. */
function step(kept: string[], segment: string): void {
  if (segment === '.') return;
  if (segment !== '..') {
    if (hidesDotDot(segment)) throw badPath('a segment that some servers take for ..');
    kept.push(segment);
  } else if (kept.pop() === undefined) {
    throw badPath('it leads above the root');
  }
}

/**
 * Whether a server that decodes `%2F` or `%5C`, decodes twice, or cuts off path parameters (`..;x`) would find a `..`
 * in this segment, which is not one by itself.
 */
function hidesDotDot(segment: string): boolean {
  if (!segment.includes('..') && !segment.includes('%25')) return false;
  if (!segment.includes('%') && !segment.includes(';')) return false;
  return decodeFully(segment)
    .split(/[/\\]/)
    .some((part) => part === '..' || part.startsWith('..;'));
}

/** Decodes as often as anything is left to decode, in one pass: `%2525...252e` is a dot. */
function decodeFully(segment: string): string {
  let out = '';
  for (let at = 0; at < segment.length; at++) {
    const code = segment.charCodeAt(at);
    if (code !== 0x25) {
      out += segment[at];
      continue;
    }
    let digits = at + 1;
    while (segment.startsWith('25', digits) && byteAt(segment, digits + 2) >= 0) digits += 2;
    const byte = byteAt(segment, digits);
    out += byte < 0 ? '%' : String.fromCharCode(byte);
    if (byte >= 0) at = digits + 1;
  }
  return out;
}

/** The byte that two hexadecimal digits at `at` stand for, or -1. */
function byteAt(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at));
  const low = hexDigit(text.charCodeAt(at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** -1 for what is no hexadecimal digit, NaN included. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function badPath(why: string): ProxyError {
  return new ProxyError('bad-path', `Cannot normalise the path: ${why}`);
}
