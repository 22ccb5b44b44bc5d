import { CHUNKED } from '../http1/framing.ts';

/** Holds what comes as DATA against the Content-Length of its message (RFC 9113 section 8.1.1). */
export class BodyLength {
  /** Bytes that have to come; CHUNKED: nobody has said. */
  left: number;

  constructor(length: number) {
    this.left = length;
  }

  /** So many bytes came, without padding. False: more than were announced, and the message is malformed. */
  take(bytes: number): boolean {
    if (this.left === CHUNKED) return true;
    if (bytes > this.left) return false;
    this.left -= bytes;
    return true;
  }

  /** Whether the body may end here. */
  get mayEnd(): boolean {
    return this.left <= 0;
  }
}
