import type { BodySource } from '../../core/body.ts';
import type { Headers } from '../../core/headers.ts';
import { CHUNKED } from '../../wire/http1/framing.ts';
import { requestHeadText } from '../../wire/http1/serialise.ts';
import type { Exchange } from '../exchange.ts';
import type { RouteTimeouts } from '../plan.ts';
import { plainProtocol, type PoolPlan, type ProtocolPlan, type ServerPlan } from '../pool-plan.ts';
import type { RetryPlan } from '../retry-plan.ts';
import type { ServerRequest } from './connection-user.ts';
import type { FixedFields } from './fixed-fields.ts';

/** A request as every server of the pool is to get it. */
export interface OutgoingRequest {
  /** Path and query. */
  readonly target: string;
  /** Undefined: the server's own name. */
  readonly host: string | undefined;
  readonly headers: Headers;
  /** Behind them. */
  readonly fixed?: FixedFields | undefined;
  readonly body: BodySource | undefined;
  /** The server is asked whether it wants the body. */
  readonly expectContinue: boolean;
  /** Takes the place of the pool's, where it says something. */
  readonly timeouts: RouteTimeouts | undefined;
  /** Takes the place of the pool's. */
  readonly retries?: RetryPlan | undefined;
  /** Is asked before each attempt to say how much time the server has; undefined: nobody sets it a deadline. */
  readonly deadline?: { tell(headers: Headers, now: number): void } | undefined;
  /** The token of an upgrade that the route allows. */
  readonly upgrade: string | undefined;
  /** Lets the fields of an answer (of a 103 too) be changed before they go to the client. @param sentHost what `Host` said. */
  onResponse(headers: Headers, exchange: Exchange, server: ServerPlan, sentHost: string): void;
}

/** What of a request its head is made of. */
export type RequestHead = Pick<
  ServerRequest,
  'method' | 'target' | 'host' | 'headers' | 'fixed' | 'acceptsTrailers' | 'bodyLength' | 'upgrade' | 'expectContinue'
>;

/** RFC 9110 section 8.6: these say that they have no content. */
const expectsContent: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** What `Content-Length` says; undefined: nothing. */
export function announcedLength(method: string, bodyLength: number): number | undefined {
  if (bodyLength > 0) return bodyLength;
  return bodyLength === 0 && expectsContent.has(method) ? 0 : undefined;
}

/** The head of a request in HTTP/1. */
export function outgoingHead(request: RequestHead): string {
  const { method, target, host, headers, fixed, upgrade, bodyLength } = request;
  const announced = announcedLength(method, bodyLength);
  let framing = fixed ? fixed.text : '';
  if (announced !== undefined) framing += `Content-Length: ${announced}\r\n`;
  else if (bodyLength === CHUNKED) framing += 'Transfer-Encoding: chunked\r\n';
  if (request.expectContinue && bodyLength !== 0) framing += 'Expect: 100-continue\r\n';
  if (upgrade !== undefined) framing += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  else if (request.acceptsTrailers) framing += 'TE: trailers\r\nConnection: TE\r\n';
  return requestHeadText(method, target, host, headers, framing);
}

/** A server as it is shown. */
interface ShownServer {
  readonly plan: Pick<PoolPlan, 'protocol'>;
  readonly server: ServerPlan;
}

/** The same for a trace, a note each line. */
export function showRequest(exchange: Exchange, request: OutgoingRequest, { plan, server }: ShownServer): void {
  const { method, acceptsTrailers, trace } = exchange;
  const { target, headers, fixed, upgrade, expectContinue } = request;
  const host = request.host ?? server.hostHeader;
  const head = { method, target, host, headers, fixed, acceptsTrailers, bodyLength: 0, upgrade, expectContinue };
  const words = protocolWords(plan.protocol, server.secure);
  if (words !== undefined) trace?.add('server', words, exchange.server);
  for (const line of outgoingHead(head).split('\r\n').slice(0, -2))
    trace?.add('server', hideCredentials(line), exchange.server);
}

/** What the request, which is shown as HTTP/1 has it, goes by; undefined: by HTTP/1. */
function protocolWords(protocol: ProtocolPlan | undefined, secure: boolean): string | undefined {
  const { version } = protocol ?? plainProtocol;
  if (version === 'http2') return `it would go by HTTP/2${secure ? '' : ' (h2c)'}, shown here as HTTP/1 has it`;
  return version === 'auto' && secure
    ? 'it would go by HTTP/2 where the server chooses that in the handshake'
    : undefined;
}

function hideCredentials(line: string): string {
  return line.replace(/^(authorization|proxy-authorization|cookie):.*/i, '$1: ***');
}
