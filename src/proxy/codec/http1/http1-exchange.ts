import type { BodySource } from '../../../core/body.ts';
import type { ErrorCode } from '../../../core/errors.ts';
import { Headers } from '../../../core/headers.ts';
import type { Trace } from '../../../core/trace.ts';
import type { RequestHead } from '../../../wire/http1/request-head.ts';
import type { RetryNotes } from '../../retry-plan.ts';
import type { Bond, ClientConnection, Exchange, ExchangeSpan, Target, Timings } from '../../exchange.ts';
import type { RoutePlan } from '../../plan.ts';

/** The fields of an exchange that came by HTTP/1: always made in this order, so that all have one shape. */
export class Http1Exchange implements Exchange {
  readonly id: string;
  readonly client: ClientConnection;
  clientAddress: string;
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1';
  readonly scheme: 'http' | 'https';
  readonly method: string;
  readonly target: Target;
  readonly authority: string;
  readonly host: string;
  readonly headers: Headers;
  readonly body: BodySource | undefined;
  readonly upgrade: string | undefined;
  readonly expectContinue: boolean;
  readonly acceptsTrailers: boolean;
  readonly dry = false;
  trace: Trace | undefined = undefined;
  span: ExchangeSpan | undefined = undefined;
  bond: Bond | undefined = undefined;
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

  constructor(
    id: string,
    client: ClientConnection,
    head: RequestHead,
    rest: { path: string; body: BodySource | undefined; timings: Timings },
  ) {
    this.id = id;
    this.client = client;
    this.clientAddress = client.address;
    this.protocol = head.minor === 0 ? 'HTTP/1.0' : 'HTTP/1.1';
    this.scheme = client.tls === undefined ? 'http' : 'https';
    this.method = head.method;
    this.target = { path: rest.path, query: head.target.query, raw: head.target.raw };
    this.authority = head.authority;
    this.host = head.host;
    this.headers = head.headers;
    this.body = rest.body;
    this.upgrade = head.upgrade;
    this.expectContinue = head.expectContinue;
    this.acceptsTrailers = head.acceptsTrailers;
    this.timings = rest.timings;
  }
}

/** What can be said in the log of a head that could not be read: its first line, cut short. */
export function unreadableHead(text: string): RequestHead {
  const [method = '', raw = ''] = text.slice(0, 256).split('\r\n', 1)[0]!.split(' ', 2);
  return {
    method,
    target: { path: '', query: '', raw },
    minor: 1,
    headers: new Headers(),
    authority: '',
    host: '',
    bodyLength: 0,
    keepAlive: false,
    upgrade: undefined,
    expectContinue: false,
    acceptsTrailers: false,
  };
}
