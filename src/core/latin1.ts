declare global {
  /** The calls that `toString('latin1')` and `write(.., 'latin1')` end in, which Node's types leave out; a third cheaper. */
  interface Buffer<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike> {
    latin1Slice(start: number, end: number): string;
    latin1Write(text: string, offset: number): number;
  }
}

/** Bytes as a string of as many characters. */
export function latin1Slice(buffer: Buffer, start: number, end: number): string {
  return buffer.latin1Slice(start, end);
}

/** Writes a string of bytes. @returns how many. */
export function latin1Write(buffer: Buffer, text: string, offset: number): number {
  return buffer.latin1Write(text, offset);
}
