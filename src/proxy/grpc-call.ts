import type { BodySource } from '../core/body.ts';
import { ProxyError } from '../core/errors.ts';
import type { Headers } from '../core/headers.ts';
import { PassedBody } from '../core/passed-body.ts';
import { Deadline, type TimerWheel } from '../core/timer-wheel.ts';
import { readGrpcStatus } from '../wire/grpc/grpc-status.ts';
import { readGrpcTimeout, writeGrpcTimeout } from '../wire/grpc/grpc-timeout.ts';
import type { Abortable, Exchange, ProxyResponse, Reply } from './exchange.ts';
import { isGrpcCall } from './grpc-answer.ts';
import type { RouteTimeouts } from './plan.ts';
import type { ServerTimeouts } from './pool-plan.ts';
import type { OutgoingRequest } from './upstream/outgoing-request.ts';

/** What calls need from the thread. */
export interface CallTime {
  readonly clock: { now(): number };
  readonly wheel: TimerWheel;
}

/** A pool, as calls see it. */
export interface CallPool {
  readonly plan: { readonly timeouts: ServerTimeouts };
  forward(exchange: Exchange, reply: Reply, request: OutgoingRequest): Abortable | undefined;
}

/** Behind the deadline a call goes on for so long: the server itself may be about to say that it is over. */
const LEEWAY_MS = 100;

/** Behind that, what the proxy waits for ends a call all the same. */
const MARGIN_MS = 5000;

/** The silence of a stream says nothing of its server, which is asked by PING whether it is there. */
const STREAM_IDLE_MS = 86_400_000;

/**
 * A gRPC call on its way to a server: its deadline holds here too, and the status that it ends with is noted for the log.
 *
 * (1) Until the head of an answer is there, the call ends by itself once its deadline is over: the server is told, and the client gets
 *     DEADLINE_EXCEEDED. Behind the head the server has the word, and the client.
 * (2) Waits of the config do not end a call before its deadline.
 */
export class GrpcCall implements Reply, Abortable {
  readonly #exchange: Exchange;
  readonly #reply: Reply;
  readonly #time: CallTime;
  /** By the thread's clock; Infinity: it waits for ever. */
  readonly #at: number;
  #deadline: Deadline | undefined;
  #worker: Abortable | undefined;
  #over = false;

  /** @returns undefined: the exchange is no gRPC call, or a dry one. */
  static of(exchange: Exchange, reply: Reply, time: CallTime): GrpcCall | undefined {
    return !exchange.dry && isGrpcCall(exchange) ? new GrpcCall(exchange, reply, time) : undefined;
  }

  private constructor(exchange: Exchange, reply: Reply, time: CallTime) {
    const ms = readGrpcTimeout(exchange.headers.get('grpc-timeout') ?? '');
    this.#exchange = exchange;
    this.#reply = reply;
    this.#time = time;
    this.#at = ms === undefined ? Infinity : exchange.timings.started + ms;
  }

  /** The waits for an answer. @param pool used where the route says nothing. */
  #timeouts(route: RouteTimeouts | undefined, pool: ServerTimeouts): RouteTimeouts {
    const { connectMs, firstByteMs = pool.firstByteMs, idleMs = STREAM_IDLE_MS } = route ?? {};
    if (this.#at === Infinity) return { connectMs, firstByteMs, idleMs };
    const left = this.#at - this.#time.clock.now() + MARGIN_MS;
    return { connectMs, firstByteMs: Math.max(firstByteMs, left), idleMs: Math.max(idleMs, left) };
  }

  /** Hands it to a pool, for whose answer it stands in the place of the reply. @returns as a handler does. */
  forward(pool: CallPool, request: OutgoingRequest): Abortable | undefined {
    if (this.#at !== Infinity) {
      const { trace } = this.#exchange;
      trace?.add('server', `the caller waits until ${Math.round(this.#at - this.#time.clock.now())} ms from now`);
      this.#deadline = new Deadline(() => this.#expire());
      this.#time.wheel.setAt(this.#deadline, this.#at + LEEWAY_MS);
    }
    const timeouts = this.#timeouts(request.timeouts, pool.plan.timeouts);
    this.#worker = pool.forward(this.#exchange, this, { ...request, timeouts, deadline: this });
    return this.#over ? undefined : this;
  }

  /** Says in the fields of a request what is left of the deadline. */
  tell(headers: Headers, now: number): void {
    if (this.#at !== Infinity) headers.set('grpc-timeout', writeGrpcTimeout(this.#at - now));
  }

  inform(status: number, headers: Headers): void {
    this.#reply.inform(status, headers);
  }

  respond(response: ProxyResponse): void {
    this.#disarm();
    const status = readGrpcStatus(response.headers.get('grpc-status'));
    if (status !== undefined || response.body === undefined) {
      this.#exchange.grpcStatus = status;
      this.#reply.respond(response);
    } else {
      this.#reply.respond({ ...response, body: new StatusWatch(response.body, this.#exchange) });
    }
  }

  fail(error: ProxyError): void {
    this.#disarm();
    this.#over = true;
    this.#reply.fail(error);
  }

  abort(error: ProxyError): void {
    this.#disarm();
    this.#stop(error);
  }

  #expire(): void {
    if (this.#over) return;
    const error = new ProxyError('deadline-exceeded', 'Cannot wait for an answer: the deadline of the caller is over');
    this.#exchange.trace?.add('server', error.message);
    this.#stop(error);
    this.#reply.fail(error);
  }

  #stop(error: ProxyError): void {
    this.#over = true;
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.abort(error);
  }

  #disarm(): void {
    if (this.#deadline === undefined) return;
    this.#time.wheel.remove(this.#deadline);
    this.#deadline = undefined;
  }
}

/** Passes the body of an answer on, and notes the status that its trailers say. */
class StatusWatch extends PassedBody {
  readonly #exchange: Exchange;

  constructor(source: BodySource, exchange: Exchange) {
    super(source);
    this.#exchange = exchange;
  }

  override end(trailers?: Headers): void {
    this.#exchange.grpcStatus = readGrpcStatus(trailers?.get('grpc-status'));
    super.end(trailers);
  }
}
