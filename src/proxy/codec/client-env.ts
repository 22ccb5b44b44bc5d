import type { Headers } from '../../core/headers.ts';
import type { ClientSocket } from '../client-socket.ts';
import type { ClientConnection, ExchangeHandler } from '../exchange.ts';
import type { SessionEnv } from '../http2/frame-output.ts';

/** What a thread says of a connection that was accepted. */
export interface ClientFacts {
  /** Its number within the thread. */
  readonly id: number;
  /** The peer is in the list of trusted proxies. */
  readonly trusted: boolean;
}

/** What all client connections of a thread share. */
export interface ClientEnv extends SessionEnv {
  readonly handler: ExchangeHandler;
  /** For now: `Date: ...` with its CRLF, and the value alone. */
  readonly date: { line(): string; value(): string };
  requestId(headers: Headers, client: ClientConnection): string;
  /** The thread is stopping: each connection ends with its current exchange. */
  readonly draining: boolean;
  /**
   * A client of HTTP/1 has begun with the preface of HTTP/2: another link takes its socket over, before the one that asks for it
   * leaves. @param came what has been read, lent: from the preface's first byte on.
   */
  beginHttp2(client: ClientSocket, facts: ClientFacts, came: readonly Buffer[]): void;
}
