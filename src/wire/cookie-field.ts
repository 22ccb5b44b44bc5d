import { Field } from '../core/field-names.ts';
import type { Headers } from '../core/headers.ts';

/** Of cookies with the same name so many are looked at: browsers send one for each path and domain that has set it. */
const mostValues = 4;

/**
 * The values of the cookies of this name in a request, in their order (RFC 6265 section 5.4), as they came; at most four. Names are
 * told apart by case.
 */
export function cookieValues({ names, values }: Headers, name: string): readonly string[] {
  let found: string[] | undefined;
  for (let i = 0; i < names.length; i++) {
    if (!isCookie(names[i]!)) continue;
    for (const [from, to] of pairs(values[i]!, name)) {
      found ??= [];
      if (found.length < mostValues) found.push(values[i]!.slice(from + name.length + 1, to).trimEnd());
    }
  }
  return found ?? none;
}

/** Takes all cookies of this name out of a request; the others stay byte for byte. A field with nothing left in it goes. */
export function removeCookie(headers: Headers, name: string): void {
  const { names, values } = headers;
  let empty = false;
  for (let i = 0; i < names.length; i++) {
    if (!isCookie(names[i]!)) continue;
    const before = values[i]!;
    const after = without(before, name);
    if (after === before) continue;
    values[i] = after;
    empty ||= after === '';
  }
  if (empty) headers.filter((i) => values[i] !== '' || !isCookie(names[i]!));
}

/** The value that an answer gives to the cookie of this name: the last one, as clients have it; undefined: it sets none. */
export function valueSet({ ids, values }: Headers, name: string): string | undefined {
  for (let i = ids.length - 1; i >= 0; i--) {
    if (ids[i] !== Field.SetCookie) continue;
    const text = values[i]!.trimStart();
    const semicolon = text.indexOf(';');
    const pair = semicolon < 0 ? text : text.slice(0, semicolon);
    const equals = pair.indexOf('=');
    if (equals >= 0 && pair.slice(0, equals).trimEnd() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

const none: readonly string[] = [];

function isCookie(name: string): boolean {
  return name.length === 6 && (name === 'cookie' || name.toLowerCase() === 'cookie');
}

/** The line without the pairs of this name, each with the semicolon that parts it from the one before. */
function without(line: string, name: string): string {
  const found = pairs(line, name);
  if (found.length === 0) return line;
  let left = '';
  let end = 0;
  for (const [from, to] of found) {
    const start = line.lastIndexOf(';', from);
    left += line.slice(end, Math.max(end, start));
    end = to;
  }
  return (left + line.slice(end)).replace(/^[;\s]+/, '').trimEnd();
}

/** Where each pair of this name begins, and where it ends: at a semicolon, or the end of the line. */
function pairs(line: string, name: string): readonly (readonly [from: number, to: number])[] {
  if (!line.includes(name)) return noPairs;
  const found: (readonly [number, number])[] = [];
  for (let start = 0; start < line.length;) {
    const semicolon = line.indexOf(';', start);
    const end = semicolon < 0 ? line.length : semicolon;
    let from = start;
    while (line.charCodeAt(from) === 0x20 || line.charCodeAt(from) === 0x09) from++;
    if (line.startsWith(name, from) && line.charCodeAt(from + name.length) === 0x3d) found.push([from, end]);
    start = end + 1;
  }
  return found;
}

const noPairs: readonly (readonly [number, number])[] = [];
