/** The body is in chunks; their last tells its end. */
export const CHUNKED = -1;
/** The body ends with the connection: answers only. */
export const UNTIL_CLOSE = -2;

/** More digits than this cannot be a length that we can count (2^53 - 1 has 16). */
const maxDigits = 16;

/**
 * A Content-Length: digits and nothing else (RFC 9110 section 8.6). A list, even of equal numbers, is none.
 * @returns undefined where it is malformed or more than 2^53 - 1.
 */
export function readContentLength(value: string): number | undefined {
  if (value.length === 0 || value.length > maxDigits) return undefined;
  let length = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    length = length * 10 + digit;
  }
  return length <= Number.MAX_SAFE_INTEGER ? length : undefined;
}

/** True for exactly one `chunked`. Other codings are the business of end points, and no server in use sends them. */
export function isChunked(transferEncoding: string): boolean {
  return transferEncoding === 'chunked' || transferEncoding.toLowerCase() === 'chunked';
}
