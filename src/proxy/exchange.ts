import type { BodySource } from '../core/body.ts';
import type { ErrorCode, ProxyError } from '../core/errors.ts';
import type { Headers } from '../core/headers.ts';
import type { Trace } from '../core/trace.ts';
import type { PoolPlan, ServerPlan } from './pool-plan.ts';
import type { ListenerPlan, RoutePlan } from './plan.ts';
import type { TlsVersion } from './tls-plan.ts';
import type { RetryNotes } from './retry-plan.ts';

/** One client connection, as the middle sees it: one object for all its exchanges. */
export interface ClientConnection {
  /** Number of the connection within this thread. */
  readonly id: number;
  readonly listener: string;
  /** Of that listener, in force now: a reload may change it. */
  readonly plan: Pick<ListenerPlan, 'timeouts'>;
  /** Peer's address: IPv4 or IPv6 without brackets (`::ffff:` taken off), `unix` for a unix socket. */
  readonly address: string;
  readonly port: number;
  /** Our own port that it came in by; 0 for a unix socket. */
  readonly localPort: number;
  /** The peer is in the list of trusted proxies. */
  readonly trusted: boolean;
  /** Undefined: plain HTTP. */
  readonly tls: TlsFacts | undefined;
  /** Called once when the connection has gone, however it went. At most a handful of listeners. */
  onClose(listener: () => void): void;
}

/** What a handshake with a client found out. */
export interface TlsFacts {
  readonly version: TlsVersion;
  /** OpenSSL's name of the cipher suite. */
  readonly cipher: string;
  /** Lower case; empty where the client named none. */
  readonly serverName: string;
  readonly resumed: boolean;
  /** What the two agreed to speak (RFC 7301), such as `h2`; undefined: the client offered nothing. */
  readonly alpn?: string | undefined;
  /** The certificate that the client showed, valid or not. */
  readonly clientCertificate: ClientCertificate | undefined;
}

export interface ClientCertificate {
  /** It comes from an authority of the listener, is not revoked and was valid at the handshake. */
  readonly valid: boolean;
  /** OpenSSL's code where it is not valid, such as `CERT_HAS_EXPIRED`. */
  readonly problem: string | undefined;
  /** RFC 4514: `CN=client,O=Example`. */
  readonly subject: string;
  readonly issuer: string;
  /** Hex, upper case. */
  readonly serial: string;
  /** SHA-256, hex, lower case. */
  readonly fingerprint: string;
  /** DER, base64. */
  readonly der: string;
}

/** A request's target after RFC 9112 section 3.2, its path normalised: what is matched is what is sent. */
export interface Target {
  /** Starts with `/`, or is `*` for `OPTIONS *`. */
  readonly path: string;
  /** With its `?`; empty where there is none. */
  readonly query: string;
  /** As it stood in the request line, for the log; without scheme and authority. */
  readonly raw: string;
}

/** When each step of an exchange happened, by the thread's clock in ms; 0: it has not. */
export interface Timings {
  /** First byte of the head. */
  started: number;
  /** Last byte of the head. */
  headRead: number;
  /** How long it waited for servers that were full, in ms: not a time, but a part of what is before `connected`. */
  queuedMs: number;
  /** A server connection was there (reused or new) and the request's head was handed to it. */
  connected: number;
  /** Head of the final answer. */
  firstByte: number;
  ended: number;
}

/**
 * One request and what the proxy has learnt about it. Lives from the last byte of its head to its log line.
 * Plain data, all fields present from the start so that every exchange has the same shape.
 */
export interface Exchange {
  readonly id: string;
  readonly client: ClientConnection;
  /** The client's address after walking trusted proxies; the peer's where none is trusted. */
  clientAddress: string;
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2.0';
  readonly scheme: 'http' | 'https';
  readonly method: string;
  readonly target: Target;
  /** `host` or `host:port` as the client sent it; empty if HTTP/1.0 sent none. */
  readonly authority: string;
  /** Of `authority`: lower case, without port and final dot, IPv6 without brackets. */
  readonly host: string;
  /** End-to-end fields only; neither Host nor framing. The forwarding step may take the list over and add to it; the log reads it too. */
  readonly headers: Headers;
  /** For an upgrade: the client's bytes after the 101; they are not read before. */
  readonly body: BodySource | undefined;
  /** Lower-case token of `Upgrade` if the client asks for one. */
  readonly upgrade: string | undefined;
  /** The client can do nothing with an answer that does not open the tunnel; default: it can. */
  readonly tunnelOnly?: boolean;
  readonly expectContinue: boolean;
  /** The client said `TE: trailers`. */
  readonly acceptsTrailers: boolean;
  /** True for `explain`: read buckets, cursors and queues, change none. */
  readonly dry: boolean;
  /** Takes down what is decided and why; undefined: nobody asked. */
  trace: Trace | undefined;
  /** Takes down its way for a collector of traces; undefined: it is not among those that are sampled. */
  span?: ExchangeSpan | undefined;
  /** Keeps the client with the pool and the server that it has been with; undefined: nothing does. */
  bond?: Bond | undefined;
  /** What became of an upgrade; undefined: none was asked for that the route allows. */
  tunnel?: ExchangeTunnel | undefined;
  readonly timings: Timings;

  // What the steps on the way find out, for the log.
  route: RoutePlan | undefined;
  pool: string;
  server: string;
  /** Who it is, where a feature knows; Unicode, empty where none does. */
  user: string;
  /** Servers tried before the last one. */
  retries: number;
  /** Why; undefined: it went well at once, or nothing could be done. */
  retried?: RetryNotes | undefined;
  /** The answer went out with this status; 0: none did. */
  status: number;
  /** Why the proxy itself answered or gave up. */
  reason: ErrorCode | undefined;
  /** How a gRPC call ended, as the head or the trailers of its answer say; undefined: it is none, or they do not. */
  grpcStatus?: number | undefined;
  /** Body bytes from the client and to it, framing not counted. */
  bytesIn: number;
  bytesOut: number;
}

/** What a collector of traces is told of an exchange's attempts with servers. Times are the thread's. None of its calls throws. */
export interface ExchangeSpan {
  /** An attempt begins; the one before it has ended. @param target path and query as the server gets them. */
  attempt(pool: PoolPlan, server: ServerPlan, target: string, now: number): void;
  /** Tells the server which span its own are to hang from, where the fields for it speak of a trace. */
  mark(headers: Headers): void;
  answered(status: number, now: number): void;
  failed(code: ErrorCode, now: number): void;
  /** The answer's last byte has come. */
  ended(now: number): void;
}

/** An upgrade, asked for or granted. */
export interface ExchangeTunnel {
  /** The exchange has ended, and the tunnel with it: it gives back what it holds. May be called again. */
  over(): void;
}

/** What keeps a client with what was chosen for it, for one exchange. */
export interface Bond {
  /** Name of the server that it is bound to; undefined: to none. */
  readonly to: string | undefined;
  /** An answer of this server is about to go to the client: its fields can still be changed. Not called in a dry exchange. */
  answered(headers: Headers, exchange: Exchange, server: ServerPlan): void;
}

/** An answer on its way to the client. */
export interface ProxyResponse {
  readonly status: number;
  /** Reason phrase as the server sent it; empty: the standard one. */
  readonly reason: string;
  /** End-to-end fields only, no framing. */
  readonly headers: Headers;
  /** Undefined: there is no body (HEAD, 204, 304 or an empty one). For 101: the server's bytes of the tunnel. */
  readonly body: BodySource | undefined;
  /** Content-Length of an answer without a body (HEAD, 304): passed on though no bytes follow. */
  readonly announcedLength: string | undefined;
  /** Token of the `Upgrade` field of a 101 or a 426. */
  readonly upgrade?: string | undefined;
}

/** Where the answer of an exchange goes: given by the codec, used by the steps behind it. None of its calls throws. */
export interface Reply {
  /** Passes on a 100 or 103. Ignored once the final answer began or where the client cannot take it. */
  inform(status: number, headers: Headers): void;
  /** The final answer, once. Later calls are ignored, and their bodies cancelled. */
  respond(response: ProxyResponse): void;
  /** Turns the failure into an answer, or closes the connection where one has begun. */
  fail(error: ProxyError): void;
}

/** What a listener does with an exchange. Never throws. */
export interface ExchangeHandler {
  /** @returns whom to tell that the client has gone before the answer was complete; undefined: nobody works on it any more. */
  handle(exchange: Exchange, reply: Reply): Abortable | undefined;
  /** The exchange is over, answered or not: the place of the log line. */
  finished(exchange: Exchange): void;
}

/** Something at work on an exchange. */
export interface Abortable {
  /** The client went away or broke the protocol: stop, and call nothing on the reply any more. Never throws. */
  abort(error: ProxyError): void;
}
