import type { BodySource } from '../../core/body.ts';
import { CHUNKED } from '../../wire/http1/framing.ts';
import type { Exchange } from '../exchange.ts';
import type { ServerRequest } from './connection-user.ts';
import type { OutgoingRequest } from './outgoing-request.ts';

/** What differs from one attempt to the next. */
export interface AttemptParts {
  /** The server's own name. */
  readonly host: string;
  /** As `requestBodyLength` says. */
  readonly bodyLength: number;
  readonly body: BodySource | undefined;
  readonly firstByteMs: number;
  readonly idleMs: number;
}

/** Bytes of the body that goes to a server, or CHUNKED. What follows an upgrade is none, whether it is granted or not. */
export function requestBodyLength({ upgrade }: Exchange, { body }: OutgoingRequest): number {
  return upgrade !== undefined || !body ? 0 : (body.length ?? CHUNKED);
}

/** The request of one attempt. */
export function serverRequest(exchange: Exchange, request: OutgoingRequest, parts: AttemptParts): ServerRequest {
  const { upgrade } = request;
  return {
    method: exchange.method,
    target: request.target,
    host: request.host ?? parts.host,
    headers: request.headers,
    fixed: request.fixed,
    acceptsTrailers: exchange.acceptsTrailers,
    bodyLength: parts.bodyLength,
    body: upgrade === undefined ? parts.body : request.body,
    upgrade,
    expectContinue: request.expectContinue,
    firstByteMs: parts.firstByteMs,
    idleMs: parts.idleMs,
  };
}
