import type { BodySink, BodySource } from '../../../core/body.ts';
import { ProxyError } from '../../../core/errors.ts';

/** An answer of at most this is read to its end, so that its connection stays good. */
const SMALL_BYTES = 16_384;

/** Where goes what nobody wants. */
export const nowhere: BodySink = {
  write: () => true,
  flush() {
    // Nothing is held back.
  },
  end() {
    // It was not for anybody.
  },
  abort() {
    // Nor is its failure.
  },
};

/** Gets rid of the body of an answer that is not passed on. */
export function discardAnswer(body: BodySource): void {
  if (body.length !== undefined && body.length <= SMALL_BYTES) body.start(nowhere);
  else body.cancel(notPassedOn());
}

export function notPassedOn(): ProxyError {
  return new ProxyError('server-closed', 'Cannot use this attempt: another one takes its place');
}
