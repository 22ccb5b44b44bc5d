import type { BodySource } from '../../core/body.ts';
import type { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import type { PoolPlan } from '../pool-plan.ts';
import type { FixedFields } from './fixed-fields.ts';
import type { AnswerHead } from './server-answer.ts';

/** Whom a carrier works for: one exchange. */
export interface ConnectionUser {
  /** A 1xx other than 101. */
  informed(status: number, headers: Headers): void;
  /** The head of the final answer; its body, if any, waits to be started. */
  answered(head: AnswerHead, body: BodySource | undefined): void;
  /** No answer will come. Not called after `answered`. */
  failed(error: ProxyError): void;
  /** The exchange needs the carrier no more. */
  released(): void;
}

/** What carries one exchange to a server and back: a connection of HTTP/1, or a stream of HTTP/2. Nothing of it throws. */
export interface Carrier {
  /** Sends a request; the user hears of what comes back. Once for an exchange. */
  begin(user: ConnectionUser, request: ServerRequest): void;
  /** The client went away: what was sent of the request is worth nothing to the server. */
  abandon(error: ProxyError): void;
  /** Its user has turned to another carrier: it hears nothing more of this one, and sends nothing more over it. */
  disown(reason: ProxyError): void;
  /** The server has said something about the current request. */
  readonly heard: boolean;
  /** Its connection had carried requests before this one: the server may have been about to close it. */
  readonly reused: boolean;
  /** Its connection carries others as well, and may have to give up a request that the server has not looked at. */
  readonly shared: boolean;
  /** The server has refused to answer over anything but HTTP/1. */
  readonly wantsHttp1: boolean;
}

/** What an exchange asks of a carrier. */
export interface CarrierWish {
  /** It takes this long to get one at most, in ms; undefined: as the pool says. */
  readonly connectMs: number | undefined;
  /** HTTP/1 only: what it is for belongs to a connection of its own. */
  readonly http1: boolean;
  /** It is to become a tunnel. */
  readonly upgrade: boolean;
  /** No connection of HTTP/1 that was idle: one has just let the request down. */
  readonly fresh: boolean;
}

/** A request as a carrier gets it. Its head is put into words by each kind of carrier. */
export interface ServerRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly host: string;
  readonly headers: Headers;
  /** Behind them. */
  readonly fixed: FixedFields | undefined;
  /** `TE: trailers`. */
  readonly acceptsTrailers: boolean;
  /** Bytes, or CHUNKED; 0: there is none, or it is a tunnel. */
  readonly bodyLength: number;
  readonly body: BodySource | undefined;
  /** Token that was asked for; its tunnel opens when the server agrees. */
  readonly upgrade: string | undefined;
  /** The client waits for a 100 before it sends the body. */
  readonly expectContinue: boolean;
  /** As in `ServerTimeouts`. */
  readonly firstByteMs: number;
  readonly idleMs: number;
}

/** Where a connection goes when it is free, and who counts it. */
export interface ConnectionKeeper<Connection> {
  readonly plan: PoolPlan;
  /** It can carry another request. */
  idle(connection: Connection): void;
  gone(connection: Connection): void;
}
