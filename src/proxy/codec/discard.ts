import type { BodySink } from '../../core/body.ts';

/** A body that nobody wants is read and dropped up to this size, to keep the connection; with a larger one it is closed. */
export const DISCARD_BYTES = 65_536;

/** The same where the answer has begun before that was known, and has not said that the connection ends with it. */
export const REST_BYTES = 1_048_576;

/** Takes a body that nobody wants, so that the connection can carry the next request. */
export const discard: BodySink = {
  write: () => true,
  flush: () => undefined,
  end: () => undefined,
  abort: () => undefined,
};
