import type { Headers } from '../../../core/headers.ts';
import type { ClientConnection, ExchangeHandler } from '../../exchange.ts';
import type { WriterEnv } from '../../socket-writer.ts';

/** What all client connections of a thread share. */
export interface ClientEnv extends WriterEnv {
  readonly handler: ExchangeHandler;
  /** `Date: ...` with its CRLF, for now. */
  dateLine(): string;
  requestId(headers: Headers, client: ClientConnection): string;
  /** The thread is stopping: each connection ends with its current exchange. */
  readonly draining: boolean;
}
