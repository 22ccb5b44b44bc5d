/** A stretch of bytes in a buffer, lent: one object is used again and again, so that no view is made for each frame. */
export interface ByteSpan {
  buffer: Buffer;
  from: number;
  /** Behind the last byte. */
  to: number;
}
