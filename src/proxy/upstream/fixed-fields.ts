import type { Headers } from '../../core/headers.ts';

/** Fields that many requests have in common, ready made for either protocol. */
export interface FixedFields {
  /** Lines of HTTP/1, each ended by CRLF. */
  readonly text: string;
  /** The same. */
  readonly headers: Headers;
}
