/** Bytes of a file: from `start` on, `length` of them. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/**
 * What `Range` asks for (RFC 9110 section 14.1.2): one range of bytes that the file has.
 *
 * @returns undefined where the field is to be ignored: another unit, several ranges, not a range; `none` where the file has
 * none of the bytes (416).
 */
export function byteRange(value: string, size: number): ByteRange | 'none' | undefined {
  const parts = /^bytes=[\t ]*(\d{0,15})-(\d{0,15})[\t ]*$/i.exec(value);
  if (parts === null) return undefined;
  const [, first = '', last = ''] = parts;
  if (first === '') return last === '' ? undefined : suffix(Number(last), size);
  if (last !== '' && Number(last) < Number(first)) return undefined;
  const start = Number(first);
  if (start >= size) return 'none';
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  return { start, length: end - start };
}

function suffix(length: number, size: number): ByteRange | 'none' {
  if (length === 0 || size === 0) return 'none';
  const start = Math.max(0, size - length);
  return { start, length: size - start };
}
