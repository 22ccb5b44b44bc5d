import type { ProxyError } from '../../../core/errors.ts';
import type { MessageLimits } from '../../../wire/http1/limits.ts';
import type { Http2Stream, StreamUser } from '../../http2/stream.ts';

/** The connection to a server, as the exchanges on its streams see it. */
export interface StreamHome {
  /** Bounds of what the server sends. */
  readonly limits: MessageLimits;
  readonly scheme: 'http' | 'https';
  /** Why it has been closed from this side; undefined: it has not. */
  readonly failure: ProxyError | undefined;
  /** It has carried streams before the next one. */
  readonly used: boolean;
  now(): number;
  open(user: StreamUser): Http2Stream;
  /** A stream is to be looked at then, by its `expire`. */
  lookAt(at: number): void;
  /** The server has let a stream wait for too long: it may be that it is not there any more. */
  doubt(): void;
}
