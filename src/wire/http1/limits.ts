/** Limits of one message's head and chunked framing. */
export interface MessageLimits {
  /** Bytes of the whole head. */
  readonly headBytes: number;
  /** Fields of a head, and of trailers. */
  readonly fields: number;
  /** Bytes of one line (start line or field). */
  readonly lineBytes: number;
  /** Bytes of chunk extensions in one body. */
  readonly chunkExtensionBytes: number;
  /** Bytes of the trailer section. */
  readonly trailerBytes: number;
}
