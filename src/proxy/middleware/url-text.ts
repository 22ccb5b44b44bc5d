import { isAlphanumeric, tableOf } from '../../wire/chars.ts';

/** What a URL may hold as it stands (RFC 3986 section 2), percent signs included: what is encoded stays encoded. */
const urlChar: Uint8Array = tableOf((byte) => isAlphanumeric(byte) || isOneOf("-._~:/?#[]@!$&'()*+,;=%", byte));

/** The same without what ends a path, for text that comes into one. */
const pathChar: Uint8Array = tableOf((byte) => urlChar[byte] === 1 && !isOneOf('?#[]', byte));

/** The same without what parts or ends the values of a query. */
const queryChar: Uint8Array = tableOf((byte) => urlChar[byte] === 1 && !isOneOf('#[]&=+;', byte));

/** What stands for itself wherever it is. */
const unreserved: Uint8Array = tableOf((byte) => isAlphanumeric(byte) || isOneOf('-._~', byte));

function isOneOf(characters: string, byte: number): boolean {
  return characters.includes(String.fromCharCode(byte));
}

/** A URL, or a part of one that may hold all that URLs are made of. Texts are strings of bytes; a character past 255 counts as its low byte. */
export function escapeUrl(text: string): string {
  return escape(text, urlChar);
}

/** Part of a path; slashes and encodings in it stay. */
export function escapePath(text: string): string {
  return escape(text, pathChar);
}

/** The value of a query parameter that was encoded once: encodings in it stay. */
export function escapeQuery(text: string): string {
  return escape(text, queryChar);
}

/** Text of which nothing may count as a part of the URL. */
export function escapeComponent(text: string): string {
  return escape(text, unreserved);
}

/** A string of the bytes that a text is in UTF-8: what goes into a message, where ASCII stands for itself. */
export function toBytes(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function escape(text: string, allowed: Uint8Array): string {
  let out = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (allowed[code] === 1) continue;
    out += text.slice(from, i) + percent(code & 0xff);
    from = i + 1;
  }
  return from === 0 ? text : out + text.slice(from);
}

function percent(byte: number): string {
  return `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`;
}
