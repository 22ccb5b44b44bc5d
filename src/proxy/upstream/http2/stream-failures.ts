import { ProxyError } from '../../../core/errors.ts';
import type { StreamEnd } from '../../http2/stream.ts';

/** What the end of a stream means for its exchange. @param failure why its connection was closed from this side. */
export function errorOf({ by, code, processed, message }: StreamEnd, failure: ProxyError | undefined): ProxyError {
  if (!processed) return new ProxyError('server-refused-stream', message);
  if (by === 'reset') return new ProxyError('server-reset', message, { resetCode: code });
  return failure ?? new ProxyError('server-junk', message);
}

export function junk(why: string): ProxyError {
  return new ProxyError('server-junk', `Cannot read the answer: ${why}`);
}
