import { isUtf8 } from 'node:buffer';

const plainJson = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
/** Control characters of all kinds, what reverses the direction of text, and JSON's own. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unsafeJson = /["\\\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * A JSON string, quotes included, of bytes from the wire (latin1): UTF-8 stays as it is; a byte that is not part of valid
 * UTF-8 makes the value be taken for ISO 8859-1, and is written as `\u00XX`.
 */
export function jsonBytes(value: string): string {
  return plainJson.test(value) ? `"${value}"` : escapedBytes(value);
}

/** As `jsonBytes`, without the quotes. */
export function jsonInner(value: string): string {
  return plainJson.test(value) ? value : escapedBytes(value).slice(1, -1);
}

/** A JSON string, quotes included, of text from the config: as UTF-8 in a string of bytes. */
export function jsonText(value: string): string {
  return plainJson.test(value) ? `"${value}"` : toBytes(`"${value.replace(unsafeJson, unicodeEscape)}"`);
}

function escapedBytes(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  if (isUtf8(bytes)) return jsonText(bytes.toString('utf8'));
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return `"${value.replace(/["\\\x00-\x1f\x7f-\xff]/g, unicodeEscape)}"`;
}

/** Text as a string of its UTF-8 bytes. */
export function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The same string of bytes in one piece of memory: V8 keeps what was concatenated as a tree, and walks it at each use. */
export function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function unicodeEscape(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const plainQuoted = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** What may stand between quotes in a line of columns: `"`, `\`, control characters and bytes past ASCII become `\xHH`. */
export function quoted(value: string): string {
  if (plainQuoted.test(value)) return value;
  return value.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, (character) => `\\x${hexByte(character)}`);
}

const plainColumn = /^[\x21\x23-\x7e]*$/;

/** What may stand in a column of its own: blanks, `"`, control characters and bytes past ASCII become `%HH`. */
export function column(value: string): string {
  if (plainColumn.test(value)) return value;
  return value.replace(/[^\x21\x23-\x7e]/g, (character) => `%${hexByte(character)}`);
}

function hexByte(character: string): string {
  return (character.charCodeAt(0) & 0xff).toString(16).toUpperCase().padStart(2, '0');
}
