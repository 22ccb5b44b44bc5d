import type { BodySource } from '../../core/body.ts';
import type { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import type { ResponseHead } from '../../wire/http1/response-head.ts';
import type { DecodedBody } from '../decoded-body.ts';
import type { PoolPlan } from '../pool-plan.ts';

/** Whom a connection works for: one exchange. */
export interface ConnectionUser {
  /** A 1xx other than 101. */
  informed(status: number, headers: Headers): void;
  /** The head of the final answer; its body, if any, waits to be started. */
  answered(head: ResponseHead, body: DecodedBody | undefined): void;
  /** No answer will come over this connection. Not called after `answered`. */
  failed(error: ProxyError): void;
  /** The exchange needs the connection no more. */
  released(): void;
}

/** A request as this connection sends it. */
export interface ServerRequest {
  readonly head: string;
  readonly method: string;
  readonly bodyLength: number;
  readonly body: BodySource | undefined;
  /** Token that was asked for; its tunnel opens on a 101 that names it. */
  readonly upgrade: string | undefined;
  /** The client waits for a 100 before it sends the body. */
  readonly expectContinue: boolean;
  /** As in `ServerTimeouts`. */
  readonly firstByteMs: number;
  readonly idleMs: number;
}

/** Where a connection goes when it is free, and who counts it. */
export interface ConnectionKeeper<Carrier> {
  readonly plan: PoolPlan;
  /** It can carry another request. */
  idle(connection: Carrier): void;
  gone(connection: Carrier): void;
}
