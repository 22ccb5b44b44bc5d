import type { Http2Stream } from '../../http2/stream.ts';
import type { StreamInput } from '../../http2/stream-input.ts';
import { discard } from '../discard.ts';

/** The body of a request. Undefined: there is none, though its end may have yet to come. */
export function openInput(stream: Http2Stream, length: number): StreamInput | undefined {
  if (length === 0 && stream.remoteEnded) return undefined;
  const input = stream.openInput(length);
  if (length === 0) {
    input.start(discard);
    return undefined;
  }
  if (stream.remoteEnded) input.end(undefined);
  return input;
}
