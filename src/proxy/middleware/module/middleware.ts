import type { ReadableStream } from 'node:stream/web';

import type { ErrorCode } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import type { TlsFacts } from '../../exchange.ts';

/**
 * Middleware of one's own: sees a request before it goes on, and its answer before the client does.
 *
 * ```ts
 * export default async (exchange, next) => {
 *   if (exchange.headers.get('X-Key') !== 'open sesame') return { status: 403 };
 *   const response = await next();
 *   response.headers.set('X-Seen', 'yes');
 *   return response;
 * };
 * ```
 *
 * (1) What it returns is the answer; where it returns nothing, the one that `next()` gave, or what `exchange.respond` was told.
 * (2) What it throws ends the exchange with 500 and the reason `middleware-failed`; the client does not see the message.
 */
export type Middleware = (
  exchange: UserExchange,
  next: Next,
) => MiddlewareResult | void | PromiseLike<MiddlewareResult | void>;

/**
 * Lets the request go on: through the rest of the list, to a server. Once only. Resolves with the answer, whoever gives it, the
 * proxy's own to a failure too. Rejects where there will be none, because the client has gone.
 */
export type Next = () => Promise<UserResponse>;

export type MiddlewareResult = UserResponse | ResponseLike | Response | undefined;

/** An answer in few words. */
export interface ResponseLike {
  /** 200 to 599; default 200. */
  readonly status?: number | undefined;
  readonly headers?: FieldsLike | undefined;
  readonly body?: BodyLike | undefined;
}

/** `{ 'X-A': 'b', 'Set-Cookie': ['c=d', 'e=f'] }`, pairs, a `Map` or a `Headers`. Fields that the proxy writes itself, such as Content-Length, are left out. */
export type FieldsLike =
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | number | readonly string[]>>;

/** Texts are sent as UTF-8. Undefined: none. A stream or iterable is read as fast as it is taken. */
export type BodyLike = string | Uint8Array | ReadableStream | AsyncIterable<string | Uint8Array> | undefined;

/** The fields of a message, without Host and framing. Names count without regard to case. Values are Latin-1 (RFC 9110 section 5.5). */
export interface UserHeaders extends Iterable<[name: string, value: string]> {
  /** All values of the field, joined by `, ` (of Cookie by `; `). */
  get(name: string): string | undefined;
  /** Its values one by one, as Set-Cookie needs it. */
  getAll(name: string): string[];
  has(name: string): boolean;
  /** @throws TypeError where it is no field, or one that the proxy writes itself. */
  set(name: string, value: string | number): void;
  /** @throws TypeError as `set`. */
  append(name: string, value: string | number): void;
  remove(name: string): void;
  /** In order, names as they came. */
  entries(): IterableIterator<[name: string, value: string]>;
}

/** How much of a body is held. */
export interface ReadOptions {
  /** Bytes; default 1,000,000. Of a larger body nothing is had: a request is then refused with 413. */
  readonly limit?: number | undefined;
}

/** A message's body. Reading it by `text`, `json` or `bytes` does not take it from those behind. */
export interface UserBody {
  /**
   * The bytes as they come; undefined: there are none. Whoever reads from it sets another one in its place. May be set to a text, bytes, a
   * stream or an iterable.
   */
  get body(): ReadableStream<Uint8Array> | undefined;
  set body(value: BodyLike);
  /** As UTF-8. */
  text(options?: ReadOptions): Promise<string>;
  /** Parsed; a request that is no JSON is refused with 400. */
  json(options?: ReadOptions): Promise<unknown>;
  bytes(options?: ReadOptions): Promise<Uint8Array>;
}

/** A request on its way. */
export interface UserExchange extends UserBody {
  /** As in the log and in `X-Request-Id`. */
  readonly id: string;
  /** Behind trusted proxies too. */
  readonly clientAddress: string;
  readonly scheme: 'http' | 'https';
  readonly method: string;
  /** That was asked for: lower case, without a port. */
  readonly host: string;
  /** That was asked for, normalised; still encoded. */
  readonly path: string;
  /** With its `?`; empty where there is none. */
  readonly query: string;
  /** What the client's TLS handshake found out; undefined: plain HTTP. */
  readonly tls: TlsFacts | undefined;
  /** Name of the route. */
  readonly route: string;
  /** Lower-case token of a request that asks for another protocol, such as `websocket`. */
  readonly upgrade: string | undefined;
  /** As the server will get them. */
  readonly headers: UserHeaders;
  /** What the server will be asked for, encoded. Setters throw a TypeError for what no request may hold. */
  serverPath: string;
  /** With its `?`, or empty. */
  serverQuery: string;
  /** What `Host` will say; undefined: the server's own name. */
  serverHost: string | undefined;
  /** Who it is, for the log and other features; empty: nobody knows. */
  user: string;
  /** Aborted when the client has gone or time is up. */
  readonly signal: AbortSignal;
  /** What middleware of one's own tells that behind it. */
  readonly state: Map<string, unknown>;
  /** Answers without asking a server. @returns what may be returned. @throws TypeError where it is no answer. */
  respond(status: number, headers?: FieldsLike, body?: BodyLike): UserResponse;
}

/** An answer on its way to the client. */
export interface UserResponse extends UserBody {
  /** 200 to 599. 101 after an upgrade, of which nothing can be changed. */
  status: number;
  readonly headers: UserHeaders;
  /** Why the proxy itself answered; undefined: a server did, or a feature. */
  readonly reason: ErrorCode | undefined;
}

/** What middleware is made from. */
export interface MiddlewareEnv {
  /** Goes with the proxy's own messages. */
  readonly log: Logger;
  /** Aborted when no config has it any more: the place to close what `create` opened. */
  readonly signal: AbortSignal;
}

/** Middleware that has options, or something to set up: once a thread, and kept over reloads that do not change it. */
export interface MiddlewareDefinition {
  /** What it throws refuses the config. @param options as the config has them; `{}` where it has none. */
  create(options: Readonly<Record<string, unknown>>, env: MiddlewareEnv): Middleware | PromiseLike<Middleware>;
}
