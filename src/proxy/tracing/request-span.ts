import type { ErrorCode } from '../../core/errors.ts';
import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import { formatHostPort } from '../../core/ip.ts';
import type { Exchange, ExchangeSpan } from '../exchange.ts';
import type { PoolPlan, ServerPlan } from '../pool-plan.ts';
import { grpcErrorType, isGrpcServerFault, rpcAttributes } from './rpc-attributes.ts';
import { SpanKind, spanJson, type AttributeValue, type Span } from './span-json.ts';
import { writeTraceparent, type TraceContext } from './trace-context.ts';
import type { TraceIds } from './trace-ids.ts';

/** What may be shown of a target. */
export interface TargetMask {
  path(path: string): string;
  query(query: string): string;
  /** Path and query. */
  url(target: string): string;
}

/** One try with one server. */
interface Attempt {
  readonly spanId: string;
  readonly pool: PoolPlan;
  readonly server: ServerPlan;
  readonly target: string;
  readonly began: number;
  ended: number;
  status: number;
  error: ErrorCode | undefined;
}

/** More than a pool has servers mostly: an exchange is not one for each of thousands. */
const mostAttempts = 32;

/** The methods that OpenTelemetry knows; others must not become names. */
const methods: ReadonlySet<string> = new Set('CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT TRACE QUERY'.split(' '));

/** An exchange's span, and those of its attempts with servers, until they are written out together. */
export class RequestSpan implements ExchangeSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly #parent: TraceContext | undefined;
  readonly #ids: TraceIds;
  readonly #attempts: Attempt[] = [];

  /** @param parent the span that the client speaks of, where that is believed. */
  constructor(ids: TraceIds, parent: TraceContext | undefined) {
    this.#ids = ids;
    this.#parent = parent;
    this.traceId = parent?.traceId ?? ids.traceId();
    this.spanId = ids.spanId();
  }

  attempt(pool: PoolPlan, server: ServerPlan, target: string, now: number): void {
    if (this.#attempts.length >= mostAttempts) return;
    const spanId = this.#ids.spanId();
    this.#attempts.push({ spanId, pool, server, target, began: now, ended: 0, status: 0, error: undefined });
  }

  mark(headers: Headers): void {
    const at = headers.ids.indexOf(Field.Traceparent);
    const last = this.#attempts.at(-1);
    if (at >= 0 && last !== undefined) headers.values[at] = writeTraceparent(this.traceId, last.spanId, true);
  }

  answered(status: number): void {
    const last = this.#attempts.at(-1);
    if (last !== undefined) last.status = status;
  }

  failed(code: ErrorCode, now: number): void {
    const last = this.#attempts.at(-1);
    if (last === undefined || last.ended !== 0) return;
    last.error = code;
    last.ended = now;
  }

  ended(now: number): void {
    const last = this.#attempts.at(-1);
    if (last !== undefined && last.ended === 0) last.ended = now;
  }

  /**
   * All spans in OTLP's JSON, that of the exchange first.
   *
   * @param toDate from the thread's time to ms since 1970.
   */
  write(exchange: Exchange, mask: TargetMask, toDate: number): string[] {
    const { started, ended } = exchange.timings;
    const own: Span = {
      ...this.#trace,
      spanId: this.spanId,
      parentId: this.#parent?.parentId ?? '',
      remoteParent: this.#parent !== undefined,
      name: `${nameOf(exchange)}${exchange.route === undefined ? '' : ` ${exchange.route.name}`}`,
      kind: SpanKind.server,
      began: started + toDate,
      ended: ended + toDate,
      attributes: attributesOfExchange(exchange, mask),
      failed: exchange.status >= 500 || isGrpcServerFault(exchange.grpcStatus),
    };
    const spans = [spanJson(own)];
    for (const [i, each] of this.#attempts.entries()) {
      spans.push(spanJson(this.#attemptSpan(exchange, each, { toDate, resent: i, mask })));
    }
    return spans;
  }

  #attemptSpan(exchange: Exchange, each: Attempt, given: { toDate: number; resent: number; mask: TargetMask }): Span {
    const { toDate } = given;
    return {
      ...this.#trace,
      spanId: each.spanId,
      parentId: this.spanId,
      remoteParent: false,
      name: nameOf(exchange),
      kind: SpanKind.client,
      began: each.began + toDate,
      ended: (each.ended === 0 ? exchange.timings.ended : each.ended) + toDate,
      attributes: attributesOfAttempt(exchange, each, given),
      failed: each.error !== undefined || each.status >= 400,
    };
  }

  get #trace(): Pick<Span, 'traceId' | 'state'> {
    return { traceId: this.traceId, state: this.#parent?.state ?? '' };
  }
}

function nameOf({ method }: Exchange): string {
  return methods.has(method) ? method : 'HTTP';
}

type Attributes = Record<string, AttributeValue>;

function methodOf({ method }: Exchange): Attributes {
  return methods.has(method)
    ? { 'http.request.method': method }
    : { 'http.request.method': '_OTHER', 'http.request.method_original': method };
}

/** By OpenTelemetry's semantic conventions for HTTP servers. */
function attributesOfExchange(exchange: Exchange, mask: TargetMask): Attributes {
  const { client, target, route, reason } = exchange;
  const path = mask.path(target.path);
  const status = exchange.status === 499 && reason !== undefined ? 0 : exchange.status; // No answer: the log's own number.
  return {
    ...methodOf(exchange),
    'url.scheme': exchange.scheme,
    'url.path': path,
    'url.query': mask.query(target.query).slice(1),
    'server.address': exchange.host,
    'server.port': client.localPort === 0 ? undefined : client.localPort,
    'client.address': exchange.clientAddress,
    'network.peer.address': client.address,
    'network.peer.port': client.port === 0 ? undefined : client.port,
    // OpenTelemetry has no minor version where a protocol has none.
    'network.protocol.version': exchange.protocol === 'HTTP/2.0' ? '2' : exchange.protocol.slice('HTTP/'.length),
    'tls.protocol.version': client.tls?.version.replace(/^TLSv/, ''),
    'user_agent.original': exchange.headers.getById(Field.UserAgent),
    'http.route': route?.name,
    'http.response.status_code': status === 0 ? undefined : status,
    'http.request.body.size': exchange.bytesIn,
    'http.response.body.size': exchange.bytesOut,
    'error.type': reason ?? (status >= 500 ? String(status) : grpcErrorType(exchange)),
    ...rpcAttributes(exchange, path),
    'postern.request_id': exchange.id,
    'postern.listener': client.listener,
    'postern.pool': exchange.pool,
    'postern.server': exchange.server,
    'postern.retries': exchange.retries,
  };
}

/** By the conventions for HTTP clients. Where a part of the server's URL is a secret, none of it is shown. */
function attributesOfAttempt(
  exchange: Exchange,
  { pool, server, target, status, error }: Attempt,
  { resent, mask }: { resent: number; mask: TargetMask },
): Attributes {
  const { address, secure, name } = server;
  const scheme = secure ? 'https' : 'http';
  const tcp = address.kind === 'tcp' && !name.includes('***') ? address : undefined;
  return {
    ...methodOf(exchange),
    'server.address': tcp?.host,
    'server.port': tcp?.port,
    'url.scheme': scheme,
    'url.full': tcp && `${scheme}://${formatHostPort(tcp.host, tcp.port)}${mask.url(target)}`,
    'http.response.status_code': status === 0 ? undefined : status,
    'http.request.resend_count': resent === 0 ? undefined : resent,
    'error.type': error ?? (status >= 400 ? String(status) : undefined),
    'postern.pool': pool.name,
    'postern.server': name,
  };
}
