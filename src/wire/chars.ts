/**
 * Which bytes may stand where (RFC 9110 sections 5.5 and 5.6.2). A table holds 1 for every byte that may;
 * an index past 255 (a character that is no byte) reads as undefined, so compare with `=== 1`.
 */

/** Of a token: field names, methods, connection options. */
export const tokenChar: Uint8Array = tableOf(
  (byte) => isAlphanumeric(byte) || "!#$%&'*+-.^_`|~".includes(String.fromCharCode(byte)),
);

/** Of a field value or a reason phrase: visible ASCII, SP, HTAB and obs-text; no other control. */
export const fieldChar: Uint8Array = tableOf((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));

/** True for a token of at least one character. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (tokenChar[text.charCodeAt(i)] !== 1) return false;
  return text.length > 0;
}

/** A table of 256 entries that holds 1 where `allowed` says so. */
export function tableOf(allowed: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (allowed(byte) ? 1 : 0));
}

/** ASCII letters and digits. */
export function isAlphanumeric(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}
