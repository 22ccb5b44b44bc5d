import type { BodySource } from '../../core/body.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import type { Trace } from '../../core/trace.ts';
import type { Bond, ClientConnection, Exchange, ExchangeSpan, ExchangeTunnel, Target, Timings } from '../exchange.ts';
import type { RoutePlan } from '../plan.ts';
import type { RetryNotes } from '../retry-plan.ts';

/** What a request's head says in every protocol. */
export interface ExchangeHead {
  readonly method: string;
  readonly target: { readonly query: string; readonly raw: string };
  readonly headers: Headers;
  readonly authority: string;
  readonly host: string;
  readonly expectContinue: boolean;
  readonly acceptsTrailers: boolean;
}

/** What a codec knows of an exchange besides. */
export interface ExchangeParts {
  readonly protocol: Exchange['protocol'];
  /** Instead of the head's: a tunnel is asked for by GET in the middle, however the client says it. */
  readonly method?: string;
  /** Normalised. */
  readonly path: string;
  readonly upgrade: string | undefined;
  /** The client can do nothing with an answer that does not open the tunnel. */
  readonly tunnelOnly?: boolean;
  readonly body: BodySource | undefined;
  readonly timings: Timings;
}

/** The fields of an exchange that a client began: always made in this order, so that all have one shape. */
export class ClientExchange implements Exchange {
  readonly id: string;
  readonly client: ClientConnection;
  clientAddress: string;
  readonly protocol: Exchange['protocol'];
  readonly scheme: 'http' | 'https';
  readonly method: string;
  readonly target: Target;
  readonly authority: string;
  readonly host: string;
  readonly headers: Headers;
  readonly body: BodySource | undefined;
  readonly upgrade: string | undefined;
  readonly tunnelOnly: boolean;
  readonly expectContinue: boolean;
  readonly acceptsTrailers: boolean;
  readonly dry = false;
  trace: Trace | undefined = undefined;
  span: ExchangeSpan | undefined = undefined;
  bond: Bond | undefined = undefined;
  tunnel: ExchangeTunnel | undefined = undefined;
  grpcStatus: number | undefined = undefined;
  retried: RetryNotes | undefined = undefined;
  readonly timings: Timings;
  route: RoutePlan | undefined = undefined;
  pool = '';
  server = '';
  user = '';
  retries = 0;
  status = 0;
  reason: ErrorCode | undefined = undefined;
  bytesIn = 0;
  bytesOut = 0;

  constructor(id: string, client: ClientConnection, head: ExchangeHead, parts: ExchangeParts) {
    this.id = id;
    this.client = client;
    this.clientAddress = client.address;
    this.protocol = parts.protocol;
    this.scheme = client.tls === undefined ? 'http' : 'https';
    this.method = parts.method ?? head.method;
    this.target = { path: parts.path, query: head.target.query, raw: head.target.raw };
    this.authority = head.authority;
    this.host = head.host;
    this.headers = head.headers;
    this.body = parts.body;
    this.upgrade = parts.upgrade;
    this.tunnelOnly = parts.tunnelOnly ?? false;
    this.expectContinue = head.expectContinue;
    this.acceptsTrailers = head.acceptsTrailers;
    this.timings = parts.timings;
  }
}
