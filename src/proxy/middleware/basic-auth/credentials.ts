import { isUtf8 } from 'node:buffer';

/** What a client says of itself. */
export interface Credentials {
  readonly user: string;
  /** UTF-8. */
  readonly password: string;
}

/** As much as any name and password need; the rest of a longer field is not looked at. */
const mostCharacters = 2048;

const token68 = /^[A-Za-z0-9+/]+={0,2}$/;

/** C0 controls and DEL, which RFC 7617 section 2 forbids in both parts. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const control = /[\u0000-\u001f\u007f]/;

/**
 * RFC 7617: `Basic` and base64 of `name:password` in UTF-8. The name ends at the first colon, so it has none.
 *
 * @returns undefined for what is none, or is over 2 kB.
 */
export function readCredentials(field: string): Credentials | undefined {
  if (field.length > mostCharacters || field.slice(0, 6).toLowerCase() !== 'basic ') return undefined;
  const encoded = field.slice(6).trim();
  if (!token68.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1 || control.test(text)) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
