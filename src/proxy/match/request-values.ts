import type { Headers } from '../../core/headers.ts';
import { Field, fieldId } from '../../core/field-names.ts';
import type { TextTest } from './text-test.ts';

/** True where the value of one of the fields of this name passes. @param name lower case. */
export function someField(headers: Headers, name: string, test: TextTest): boolean {
  const id = fieldId(name);
  const { ids, names, values } = headers;
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] !== id) continue;
    const here = names[i]!;
    const same = id !== Field.Other || (here.length === name.length && here.toLowerCase() === name);
    if (same && test(values[i]!)) return true;
  }
  return false;
}

/**
 * True where the value of one of the parameters of this name passes; one without `=` has the empty value. Names and values
 * are percent-decoded once, and `+` is a blank; what is no valid escape stays as it is.
 *
 * @param query with its `?`, or empty.
 * @param name bytes (latin1), decoded.
 */
export function someParameter(query: string, name: string, test: TextTest): boolean {
  for (let start = 1; start < query.length;) {
    const ampersand = query.indexOf('&', start);
    const end = ampersand < 0 ? query.length : ampersand;
    const equals = query.indexOf('=', start);
    const nameEnd = equals < 0 || equals > end ? end : equals;
    if (decode(query.slice(start, nameEnd)) === name && test(decode(query.slice(nameEnd + 1, end)))) return true;
    start = end + 1;
  }
  return false;
}

/** True where the value of one of the cookies of this name passes. Values are taken as they are, quotes included. */
export function someCookie(headers: Headers, name: string, test: TextTest): boolean {
  return someField(headers, 'cookie', (line) => hasCookie(line, name, test));
}

function hasCookie(line: string, name: string, test: TextTest): boolean {
  for (let start = 0; start < line.length;) {
    const semicolon = line.indexOf(';', start);
    const end = semicolon < 0 ? line.length : semicolon;
    const from = afterBlanks(line, start, end);
    if (line.startsWith(name, from) && line.charCodeAt(from + name.length) === 0x3d) {
      if (test(line.slice(from + name.length + 1, end).trimEnd())) return true;
    }
    start = end + 1;
  }
  return false;
}

function afterBlanks(line: string, start: number, end: number): number {
  let at = start;
  while (at < end && (line.charCodeAt(at) === 0x20 || line.charCodeAt(at) === 0x09)) at++;
  return at;
}

/** Bytes in, bytes out (latin1). */
function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
