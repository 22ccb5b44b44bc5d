import type { BodySource } from '../../core/body.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import type { Abortable, Exchange, Reply } from '../exchange.ts';
import type { RetryPlan, RetryReason, RetryStop } from '../retry-plan.ts';
import { authenticatesConnection } from '../connection-credentials.ts';
import { bindConnection, boundServer, throughProxy, usableOf, type Binding } from './affinity.ts';
import type { Carrier, CarrierWish, ConnectionUser } from './connection-user.ts';
import { showRequest, type OutgoingRequest } from './outgoing-request.ts';
import { countsAsFailed } from './passive/outcome.ts';
import { retryAfterMs } from './retry/back-off.ts';
import { discardAnswer, notPassedOn } from './retry/discard.ts';
import { Retries, type RetrySite } from './retry/retries.ts';
import { noteRetry, noteStop } from './retry/retry-notes.ts';
import { forbids, hasStatus, keepsBodies, lasts, needsNoLeave, retryReason, retryWords } from './retry/retry-rules.ts';
import { SentBody } from './retry/sent-body.ts';
import { Waiter, type PlaceTaker } from './queue/waiter.ts';
import { noAddress } from './server-dialer.ts';
import type { ServerEnv } from './server-env.ts';
import { requestBodyLength, serverRequest } from './server-request.ts';
import type { Server } from './server.ts';
import type { ForwardWork, ServerChoice } from './server-choice.ts';
import { isAnswer, responseOf, type AnswerHead, type AttemptEnd, type ServerAnswer } from './server-answer.ts';
import { ServerConnection } from './server-connection.ts';

/**
 * The way of one exchange to a server: one attempt after the other until an answer goes to the client.
 *
 * (1) Whether another attempt may follow is decided here, by what has left of the request; whether one does, by `Retries`.
 * (2) On a connection that had been idle a server may close just as the request leaves: such a request is sent once more, over a
 *     new connection to that server, whatever the config says of retries. So is one that a server of HTTP/2 has given back untouched.
 * (3) Once the client has heard anything, even a 100, there is no other attempt.
 */
export class Forward implements PlaceTaker<Server>, Abortable, ConnectionUser, RetrySite {
  readonly #pool: ServerChoice;
  readonly #env: ServerEnv;
  readonly #clock: { now(): number };
  readonly #exchange: Exchange;
  readonly #reply: Reply;
  readonly #request: OutgoingRequest;
  readonly #policy: RetryPlan;
  #began = 0;
  #server: Server | undefined;
  /** Counted as one that the server has. */
  #held: Server | undefined;
  #carrier: Carrier | undefined;
  #binding: Binding | undefined;
  /** All servers that it may have are full. */
  #waiter: Waiter<Server> | undefined;
  /** The client is to be bound to the server. */
  #binds = false;
  #giveUp: (() => void) | undefined;
  #sentAgain = false;
  /** The server wants this request by HTTP/1. */
  #http1Only = false;
  /** Undefined: nothing of a body has left. */
  #body: SentBody | undefined;
  #informed = false;
  #retries: Retries<Server> | undefined;
  /** How the last attempt ended, while it is open whether another one follows. */
  #last: AttemptEnd | undefined;
  #reason: RetryReason = 'conn-failure';
  /** Another attempt begins when the connection has been released. */
  #againNow = false;

  constructor(pool: ServerChoice, env: ServerEnv, work: ForwardWork) {
    this.#pool = pool;
    this.#env = env;
    this.#clock = env.clock;
    this.#exchange = work.exchange;
    this.#reply = work.reply;
    this.#request = work.request;
    this.#policy = work.request.retries ?? pool.retries;
  }

  start(): void {
    this.#began = this.#clock.now();
    const { client } = this.#exchange;
    const { bindings } = this.#pool;
    if (!bindings.empty) this.#binding = bindings.of(client);
    const binds = this.#binding === undefined && authenticatesConnection(this.#request.headers);
    if (binds && client.trusted) return this.#reply.fail(throughProxy());
    this.#binds = binds && !this.#exchange.dry;
    const only = boundServer(this.#binding, this.#exchange);
    const found = only ? this.#pool.place(this, { only, tried: undefined }) : this.#pool.place(this);
    if (found instanceof Waiter) this.#waiter = found;
    else if (found instanceof ProxyError) this.#reply.fail(found);
    else if (found) this.placed(found);
    else this.#reply.fail(new ProxyError('no-server', 'Cannot choose a server: the pool has none'));
  }

  get exchange(): Exchange {
    return this.#exchange;
  }

  placed(server: Server): void {
    this.#waiter = undefined;
    if (this.#retries) return this.#goAgain(this.#reason, server);
    if (this.#binds) this.#binding = this.#pool.bindings.bind(this.#exchange.client, server);
    this.#go(server);
  }

  refused(error: ProxyError): void {
    this.#waiter = undefined;
    this.#last ??= error;
    this.#end();
  }

  abort(error: ProxyError): void {
    const carrier = this.#carrier;
    this.#carrier = undefined;
    this.#letGo();
    this.#giveUp?.();
    this.#giveUp = undefined;
    this.#waiter?.cancel();
    this.#retries?.cancel();
    carrier?.abandon(error);
    this.#body?.settle(error);
  }

  /** One attempt with this server, where it has a place. */
  #go(server: Server): void {
    this.#server = server;
    this.#exchange.server = server.server.name;
    if (this.#exchange.dry) return this.#show();
    this.#exchange.span?.attempt(server.plan, server.server, this.#request.target, this.#clock.now());
    server.exchangesTotal++;
    this.#held = server;
    const { timeouts, upgrade } = this.#request;
    const wish = {
      connectMs: timeouts?.connectMs,
      http1: this.#http1Only || this.#binding !== undefined,
      upgrade: upgrade !== undefined,
      fresh: this.#sentAgain,
    };
    const carrier = this.#binding ? usableOf(this.#binding) : server.reuse(this.#exchange.timings.headRead, wish);
    if (carrier) this.#send(carrier);
    else this.#connect(server, wish);
  }

  /** The end of a dry exchange: what would be sent, in place of an answer. */
  #show(): void {
    this.#exchange.trace?.add('server', retryWords(this.#policy), this.#exchange.server);
    showRequest(this.#exchange, this.#request, this.#server!);
    this.#reply.fail(new ProxyError('client-abort', 'Cannot go on: a dry exchange ends where a server would be asked'));
  }

  #connect(server: Server, wish: CarrierWish): void {
    if (!server.resolved) return this.failed(noAddress(server));
    this.#giveUp = server.connect(wish, (result) => {
      this.#giveUp = undefined;
      if (result instanceof ProxyError) this.failed(result);
      else this.#send(result);
    });
  }

  #send(carrier: Carrier): void {
    const exchange = this.#exchange;
    const { headers, deadline } = this.#request;
    this.#carrier = carrier;
    if (this.#binding && carrier instanceof ServerConnection) bindConnection(carrier, this.#binding);
    exchange.timings.connected = this.#clock.now();
    exchange.span?.mark(headers);
    deadline?.tell(headers, exchange.timings.connected);
    const bodyLength = requestBodyLength(exchange, this.#request);
    const request = serverRequest(exchange, this.#request, {
      host: this.#server!.server.hostHeader,
      bodyLength,
      body: bodyLength === 0 ? undefined : this.#bodyToSend(carrier.shared),
      firstByteMs: this.#firstByteMs(),
      idleMs: this.#wait('idleMs'),
    });
    carrier.begin(this, request);
  }

  #wait(name: 'firstByteMs' | 'idleMs'): number {
    return this.#request.timeouts?.[name] ?? this.#server!.plan.timeouts[name];
  }

  /** All attempts together have the wait of one, and what may be tried again waits less for the first ones. */
  #firstByteMs(): number {
    const all = this.#wait('firstByteMs');
    if (this.#retries === undefined && this.#policy.perTryMs === undefined) return all;
    const left = Math.max(1, this.#began + all - this.#clock.now());
    const last = this.#retries?.last ?? this.#policy.attempts === 0;
    if (last || this.#forbids('response-timeout') !== undefined) return left;
    return Math.min(this.#policy.perTryMs ?? left, left);
  }

  // --- what the carrier says -----------------------------------------------------------------------------------

  informed(status: number, headers: Headers): void {
    if (status === 103) this.#translate(headers);
    this.#informed = true;
    this.#reply.inform(status, headers);
  }

  answered(head: AnswerHead, body: BodySource | undefined): void {
    this.#exchange.timings.firstByte = this.#clock.now();
    this.#server!.answered(this.#exchange, head.status);
    // Before the client hears of it, which may send the next request at once.
    if (body === undefined) this.#letGo();
    this.#exchange.trace?.add('server', `answers with ${head.status}`, this.#exchange.server);
    this.#exchange.span?.answered(head.status, this.#clock.now());
    if (head.status < 400 || !this.#triesAgain({ head, body })) this.#pass(head, body);
  }

  /** The answer goes to the client. */
  #pass(head: AnswerHead, body: BodySource | undefined): void {
    const { headers } = head;
    this.#retries?.settle();
    this.#body?.settle(notPassedOn());
    this.#translate(headers);
    this.#exchange.bond?.answered(headers, this.#exchange, this.#server!.server);
    this.#reply.respond(responseOf(head, body));
  }

  #translate(headers: Headers): void {
    const { server } = this.#server!;
    this.#request.onResponse(headers, this.#exchange, server, this.#request.host ?? server.hostHeader);
  }

  failed(error: ProxyError): void {
    const server = this.#server!;
    const carrier = this.#carrier;
    this.#carrier = undefined;
    this.#exchange.trace?.add('server', `${error.code}: ${error.message}`, server.server.name);
    this.#exchange.span?.failed(error.code, this.#clock.now());
    const stale = carrier !== undefined && this.#maySendAgain(carrier, error, server);
    if (countsAsFailed(error)) server.failed(this.#clock.now(), stale ? undefined : error);
    this.#last = error;
    if (stale) {
      this.#sentAgain = true;
      this.#http1Only = carrier.wantsHttp1;
      return this.#goAgain('stale-connection', server); // It keeps its place.
    }
    this.#letGo();
    this.#afterFailure(error, retryReason(error, carrier?.heard ?? false), server);
  }

  #afterFailure(error: ProxyError, reason: RetryReason | undefined, server: Server): void {
    const verdict = reason === undefined ? 'never' : this.#verdict(reason, server, lasts(error) ? Infinity : 0);
    if (verdict === 'now') this.again();
    else if (verdict !== 'later') this.gaveUp(verdict);
  }

  released(): void {
    this.#carrier = undefined;
    this.#letGo();
    this.#exchange.span?.ended(this.#clock.now());
    if (!this.#againNow) return;
    this.#againNow = false;
    this.again();
  }

  /** The server has one exchange less. */
  #letGo(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) this.#pool.release(held);
  }

  // --- another attempt -----------------------------------------------------------------------------------------

  again(): void {
    const last = this.#last;
    // It must not wait for the place that it has itself.
    if (this.#held?.full === true && !this.#bodyLost && isAnswer(last)) this.#drop(last);
    const next = this.#bodyLost ? undefined : this.#choose();
    if (next instanceof Waiter) this.#waiter = next;
    else if (next instanceof ProxyError) this.refused(next);
    else if (next === undefined) this.gaveUp(this.#bodyLost ? 'body' : 'attempts');
    else this.#goAgain(this.#reason, next);
  }

  gaveUp(stop: RetryStop | 'never'): void {
    if (stop !== 'never') noteStop(this.#exchange, stop);
    this.#end();
  }

  /** Without another attempt: the client gets what the last one found. */
  #end(): void {
    const last = this.#last;
    if (isAnswer(last)) return this.#pass(last.head, last.body);
    const error = last ?? new ProxyError('internal-error', 'Cannot end: nothing was tried');
    this.#retries?.settle();
    this.#body?.settle(error);
    this.#reply.fail(error);
  }

  #choose(): Server | Waiter<Server> | ProxyError | undefined {
    const { same, tried } = this.#retries!;
    return this.#pool.place(this, { only: same, tried: same ? undefined : tried });
  }

  #goAgain(reason: RetryReason, server: Server): void {
    const exchange = this.#exchange;
    if (isAnswer(this.#last)) this.#drop(this.#last);
    noteRetry(exchange, reason, server.name);
    exchange.timings.connected = exchange.timings.firstByte = 0;
    this.#last = undefined;
    if (this.#binding) this.#binding.server = server;
    this.#go(server);
  }

  /** @returns true: the answer waits for what becomes of another attempt, or gives way to it. */
  #triesAgain(answer: ServerAnswer): boolean {
    const { head, body } = answer;
    if (!hasStatus(this.#policy, head.status)) return false;
    this.#last = answer;
    const verdict = this.#verdict('status', this.#server!, retryAfterMs(head.headers.get('Retry-After')));
    if (verdict === 'later') return true;
    if (verdict !== 'now') this.gaveUp(verdict);
    else if (body) this.again();
    else this.#againNow = true;
    return true;
  }

  /** Nobody is to get this answer. */
  #drop({ body }: ServerAnswer): void {
    const carrier = this.#carrier;
    this.#carrier = this.#last = undefined;
    this.#letGo();
    if (carrier) this.#exchange.span?.ended(this.#clock.now());
    carrier?.disown(notPassedOn());
    if (body) discardAnswer(body);
  }

  #verdict(reason: RetryReason, server: Server, askedMs: number): 'now' | 'later' | 'never' | RetryStop {
    const forbidden = this.#forbids(reason);
    if (forbidden) return forbidden;
    this.#reason = reason;
    const until = this.#began + this.#wait('firstByteMs');
    this.#retries ??= new Retries<Server>(this, this.#policy, { pool: this.#pool, env: this.#env, until });
    return this.#retries.next(reason, server, askedMs);
  }

  #forbids(reason: RetryReason): 'never' | RetryStop | undefined {
    if (this.#informed || this.#binding?.connection !== undefined) return 'never';
    return forbids(reason, this.#policy, { method: this.#exchange.method, request: this.#request, body: this.#body });
  }

  /** The next attempt could not have the whole body. */
  get #bodyLost(): boolean {
    return this.#body?.lost === true;
  }

  /** @param shared what carries it may give it back untouched, whatever its method. */
  #bodyToSend(shared: boolean): BodySource {
    const { body, expectContinue } = this.#request;
    const keep = shared || (!expectContinue && keepsBodies(this.#policy, this.#exchange.method));
    this.#body ??= new SentBody(body!, this.#policy.bodyBytes, keep ? this.#env.replayMemory : undefined);
    return this.#body.again();
  }

  #maySendAgain(carrier: Carrier, error: ProxyError, { plan }: Server): boolean {
    if (this.#bodyLost || this.#informed) return false;
    if (carrier.wantsHttp1) return !this.#http1Only && plan.protocol?.version !== 'http2';
    return !this.#sentAgain && needsNoLeave(carrier, error, this.#exchange.method);
  }
}
