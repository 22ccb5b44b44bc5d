import type { BodySource } from '../../core/body.ts';
import type { Headers } from '../../core/headers.ts';
import { CHUNKED } from '../../wire/http1/framing.ts';
import { requestHeadText } from '../../wire/http1/serialise.ts';
import type { Exchange } from '../exchange.ts';
import type { RouteTimeouts } from '../plan.ts';
import type { ServerPlan } from '../pool-plan.ts';
import type { RetryPlan } from '../retry-plan.ts';

/** A request as every server of the pool is to get it. */
export interface OutgoingRequest {
  /** Path and query. */
  readonly target: string;
  /** Undefined: the server's own name. */
  readonly host: string | undefined;
  readonly headers: Headers;
  /** Behind them. */
  readonly fixed?: { readonly text: string } | undefined;
  readonly body: BodySource | undefined;
  /** The server is asked whether it wants the body. */
  readonly expectContinue: boolean;
  /** Takes the place of the pool's, where it says something. */
  readonly timeouts: RouteTimeouts | undefined;
  /** Takes the place of the pool's. */
  readonly retries?: RetryPlan | undefined;
  /** The token of an upgrade that the route allows. */
  readonly upgrade: string | undefined;
  /** Lets the fields of an answer (of a 103 too) be changed before they go to the client. @param sentHost what `Host` said. */
  onResponse(headers: Headers, exchange: Exchange, server: ServerPlan, sentHost: string): void;
}

/** RFC 9110 section 8.6: these say that they have no content. */
const expectsContent: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** The head of the request as this server gets it. */
export function outgoingHead(
  { method, acceptsTrailers }: Exchange,
  request: OutgoingRequest,
  server: ServerPlan,
  bodyLength: number,
): string {
  const { target, host, headers, fixed, upgrade, expectContinue } = request;
  let framing = fixed ? fixed.text : '';
  if (bodyLength > 0) framing += `Content-Length: ${bodyLength}\r\n`;
  else if (bodyLength === CHUNKED) framing += 'Transfer-Encoding: chunked\r\n';
  else if (expectsContent.has(method)) framing += 'Content-Length: 0\r\n';
  if (expectContinue && bodyLength !== 0) framing += 'Expect: 100-continue\r\n';
  if (upgrade !== undefined) framing += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  else if (acceptsTrailers) framing += 'TE: trailers\r\nConnection: TE\r\n';
  return requestHeadText(method, target, host ?? server.hostHeader, headers, framing);
}

/** The same for a trace, a note each line. */
export function showRequest(exchange: Exchange, request: OutgoingRequest, server: ServerPlan): void {
  const lines = outgoingHead(exchange, request, server, 0).split('\r\n').slice(0, -2);
  for (const line of lines) exchange.trace?.add('server', hideCredentials(line), exchange.server);
}

function hideCredentials(line: string): string {
  return line.replace(/^(authorization|proxy-authorization|cookie):.*/i, '$1: ***');
}
