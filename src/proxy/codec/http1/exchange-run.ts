import type net from 'node:net';
import { ProxyError } from '../../../core/errors.ts';
import type { Headers } from '../../../core/headers.ts';
import { resetSocket } from '../../../core/reset-socket.ts';
import { BodyDecoder } from '../../../wire/http1/body-decoder.ts';
import { UNTIL_CLOSE } from '../../../wire/http1/framing.ts';
import type { RequestHead } from '../../../wire/http1/request-head.ts';
import { responseHeadText } from '../../../wire/http1/serialise.ts';
import { DecodedBody, type BodyReader } from '../../decoded-body.ts';
import { answerTo } from '../../error-answer.ts';
import type { Abortable, ClientConnection, ProxyResponse, Reply, Timings } from '../../exchange.ts';
import type { Intake } from '../../intake.ts';
import type { MessageWriter } from '../../message-writer.ts';
import type { ListenerPlan } from '../../plan.ts';
import { ProgressWatch } from '../../progress-watch.ts';
import type { ClientEnv } from '../client-env.ts';
import { ClientExchange } from '../client-exchange.ts';
import { discard, DISCARD_BYTES, REST_BYTES } from '../discard.ts';
import { lateBody } from '../late-body.ts';
import { answerHead, answerLength } from './answer-head.ts';

/** The connection that an exchange runs on. */
export interface RunOwner extends ClientConnection {
  readonly env: ClientEnv;
  readonly plan: ListenerPlan;
  readonly socket: net.Socket;
  readonly in: Intake;
  readonly out: MessageWriter;
  /** The connection may carry another exchange after this one. */
  keepAlive: boolean;
  /** The client has closed its side. */
  readonly inputEnded: boolean;
  /** Sets the connection's deadline; it comes back as `expire`. */
  expireAfter(ms: number): void;
  neverExpire(): void;
  /** The exchange is over and in the log: go on with the connection. */
  runEnded(now: number): void;
}

/** What a run begins with. */
export interface RunStart {
  readonly head: RequestHead;
  /** Normalised. */
  readonly path: string;
  readonly timings: Timings;
}

/**
 * One exchange on a client connection that speaks HTTP/1.
 *
 *   body --- request read whole ---> answer --- 101 sent ---> tunnel
 *
 * It is over when the answer has been sent and the request read, or given up; in a tunnel when both sides have ended.
 * (1) `handler.finished` comes exactly once, after which nothing of the exchange touches the connection.
 * (2) In body the connection's deadline is ours; in answer and tunnel the steps behind have theirs.
 */
export class ExchangeRun implements Reply, BodyReader {
  readonly exchange: ClientExchange;
  readonly #owner: RunOwner;
  readonly #body: DecodedBody | undefined;
  readonly #progress: ProgressWatch | undefined;
  #state: 'body' | 'answer' | 'tunnel';
  /** Who works on the exchange. */
  #worker: Abortable | undefined;
  /** The final answer has begun; has been written whole. */
  #begun = false;
  #answered = false;
  /** Nobody wants the rest of the body, which is read so that the connection can go on. */
  #dropping = false;
  #over = false;

  constructor(owner: RunOwner, start: RunStart) {
    const { head } = start;
    const length = head.upgrade !== undefined && head.bodyLength === 0 ? UNTIL_CLOSE : head.bodyLength;
    const { env, plan } = owner;
    this.#owner = owner;
    this.#body =
      length === 0 ? undefined : new DecodedBody(length, new BodyDecoder(length, plan.limits, 'client'), this);
    this.#progress = head.bodyLength === 0 ? undefined : new ProgressWatch();
    this.#state = head.bodyLength === 0 ? 'answer' : 'body';
    this.exchange = new ClientExchange(env.requestId(head.headers, owner), owner, head, {
      protocol: head.minor === 0 ? 'HTTP/1.0' : 'HTTP/1.1',
      path: start.path,
      upgrade: head.upgrade,
      body: this.#body,
      timings: start.timings,
    });
  }

  /** The 101 has been sent. */
  get tunnel(): boolean {
    return this.#state === 'tunnel';
  }

  /** Hands the exchange to the steps behind. */
  start(): void {
    const worker = this.#owner.env.handler.handle(this.exchange, this);
    if (this.#over) return; // Answered already.
    this.#worker = worker;
    if (this.#state !== 'body') return;
    // A body that nobody reads yet, or that the client holds back for a `100 Continue`, is not late.
    this.#progress!.start(this.#body!, !this.#body!.flowing || this.exchange.expectContinue);
    this.#owner.expireAfter(this.#owner.plan.timeouts.bodyIdleMs);
  }

  // --- the request ---------------------------------------------------------------------------------------------

  get wantsBytes(): boolean {
    const body = this.#body;
    return this.#state !== 'answer' && body!.flowing && !body!.paused;
  }

  /** Behind a paused body more bytes would only pile up; a waiting client's would tell whether it is still there. */
  get readsAhead(): boolean {
    return this.#body?.paused !== true || this.#body.over;
  }

  takeBytes(chunk: Buffer, at: number): number {
    const body = this.#body!;
    const end = body.take(chunk, at);
    if (body.complete) body.end();
    if (body.over) this.#bodyOver();
    return end;
  }

  bytesTaken(): void {
    this.#body?.flush();
  }

  /** The client closed its side: the end of a tunnel's one direction, or of a request that is not whole. */
  endInput(): void {
    const body = this.#body;
    if (!this.#owner.inputEnded || this.#owner.in.waiting || !body?.flowing) return;
    if (body.finish()) this.#bodyOver();
    else
      this.failFromClient(
        new ProxyError('client-abort', 'Cannot read the request body: the client closed before its end'),
      );
  }

  bodyWanted(): void {
    this.#owner.in.wake();
    this.endInput();
  }

  bodyCancelled(): void {
    if (this.#state === 'answer') return; // A tunnel that never opened: the request itself was read whole.
    if (this.#begun && this.#owner.keepAlive) return this.#dropRest();
    this.#owner.keepAlive = false;
    this.#endIfDone();
  }

  /** The client has been told that the connection goes on, and may count on it. */
  #dropRest(): void {
    let left = REST_BYTES;
    const write = (bytes: Buffer): boolean => {
      left -= bytes.length;
      if (left < 0) this.#giveUpRest();
      return true;
    };
    this.#dropping = true;
    this.#body!.divert({ ...discard, write });
  }

  /** It is too much, too slow, or broken: all that it costs is the connection, when the answer has been sent. */
  #giveUpRest(): void {
    this.#dropping = false;
    this.#owner.keepAlive = false;
    this.#body!.cancel(new ProxyError('client-abort', 'Cannot go on reading the request: nobody wants it'));
  }

  #bodyOver(): void {
    if (this.#over) return; // Whoever took the body has answered, and the connection has a deadline of its own.
    if (this.#state === 'body') {
      this.#state = 'answer';
      this.#owner.neverExpire();
    }
    this.#endIfDone();
  }

  // --- the answer ----------------------------------------------------------------------------------------------

  /** RFC 9110 section 15.2: every interim answer goes on, also a 100 that nobody waits for, but none to HTTP/1.0. */
  inform(status: number, headers: Headers): void {
    if (this.#over || this.#begun || this.exchange.protocol === 'HTTP/1.0') return;
    this.#owner.out.inform(responseHeadText(status, '', headers, ''));
  }

  respond(response: ProxyResponse): void {
    if (this.#over || this.#begun) {
      response.body?.cancel(new ProxyError('internal-error', 'Cannot answer: the exchange has its answer or is over'));
      return;
    }
    const { exchange } = this;
    const owner = this.#owner;
    this.#begun = true;
    exchange.status = response.status;
    if (exchange.timings.firstByte === 0) exchange.timings.firstByte = owner.env.clock.now();
    if (response.status === 101) this.#enterTunnel();
    else this.#settleRequestBody(response);
    if (this.#over) return response.body?.cancel(new ProxyError('client-abort', 'Cannot answer: the client has gone'));
    const length = answerLength(exchange, response);
    const keepAlive = owner.keepAlive && length !== UNTIL_CLOSE && !owner.env.draining;
    owner.keepAlive = keepAlive;
    const head = answerHead(exchange, response, length, { keepAlive, date: owner.env.date });
    owner.out.stallMs = owner.plan.timeouts.writeMs;
    owner.out.begin(head, length, response.body);
    if (this.#state === 'tunnel') owner.in.wake(); // What the client sent ahead may come through now.
  }

  fail(error: ProxyError): void {
    if (this.#over) return;
    this.exchange.reason ??= error.code;
    if (this.#begun || error.status === 0) this.#breakOff(error);
    else this.respond(answerTo(this.exchange, error));
  }

  /**
   * A request body that nobody will read is dropped if it is small; otherwise the answer says that we close. So it does
   * where the answer is all there or a failure, while the body is on its way to a server: who answers so early does not read on, and a
   * client that was not told would send its next request to nobody.
   */
  #settleRequestBody(response: ProxyResponse): void {
    const body = this.#body;
    if (this.#state !== 'body' || body!.over) return;
    if (body!.flowing) {
      if (endsEarly(response) || (this.exchange.expectContinue && body!.bytes === 0)) this.#owner.keepAlive = false;
      return;
    }
    const small = body!.length !== undefined && body!.length <= DISCARD_BYTES && !this.exchange.expectContinue;
    if (small && this.#owner.keepAlive) body!.start(discard);
    else this.#owner.keepAlive = false;
  }

  #enterTunnel(): void {
    this.#state = 'tunnel';
    this.#owner.keepAlive = false;
    this.#owner.neverExpire(); // What a tunnel may do for how long is judged where it is the same for all protocols.
  }

  messageSent(): void {
    this.#answered = true;
    if (this.#state === 'tunnel') this.#owner.socket.end();
    this.#endIfDone();
  }

  messageBroken(error: ProxyError): void {
    this.exchange.reason ??= error.code;
    this.#breakOff(error);
  }

  // --- ends ----------------------------------------------------------------------------------------------------

  /** The client, or what it sent, is at fault: the steps behind are stopped, and it gets what can still be said. */
  failFromClient(error: ProxyError): void {
    if (this.#over) return;
    if (this.#dropping) return this.#giveUpRest();
    this.exchange.reason ??= error.code;
    this.#stopWork(error);
    this.fail(error);
  }

  /** The client's socket has gone. */
  clientGone(error: ProxyError): void {
    if (this.#over) return;
    if (!this.#dropping || !this.#answered) this.exchange.reason ??= error.code;
    this.#stopWork(error);
    this.#finish(this.#owner.env.clock.now());
  }

  #endIfDone(): void {
    if (!this.#answered || this.#over) return;
    if (this.#state === 'tunnel' && !this.#body!.over) return;
    if (this.#state === 'body') {
      // The rest of a body that is being dropped or still forwarded has its deadline.
      if (this.#owner.keepAlive && this.#body!.flowing) return;
      this.#owner.keepAlive = false;
    }
    const now = this.#owner.env.clock.now();
    this.#finish(now);
    this.#owner.runEnded(now);
  }

  /** Writes the exchange off: its line in the log, and no way back to this connection. */
  #finish(now: number): void {
    if (this.#over) return; // Somebody who was told to stop has called back.
    const { exchange } = this;
    const body = this.#body;
    this.#over = true;
    this.#worker = undefined;
    if (body) {
      exchange.bytesIn = body.bytes;
      if (!body.over)
        body.fail(new ProxyError('client-abort', 'Cannot go on reading the request: its exchange is over'));
    }
    if (this.#begun) exchange.bytesOut = this.#owner.out.bytes;
    if (exchange.status === 0) exchange.status = 499;
    exchange.timings.ended = now;
    this.#owner.env.handler.finished(exchange);
  }

  #stopWork(error: ProxyError): void {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#owner.keepAlive = false;
    worker?.abort(error);
    this.#owner.out.cancel(error);
    this.#body?.fail(error);
  }

  /** Closes without a proper end, so that the client notices that the answer is not whole. */
  #breakOff(error: ProxyError): void {
    if (this.#over) return;
    this.#stopWork(error);
    this.#finish(this.#owner.env.clock.now());
    resetSocket(this.#owner.socket);
  }

  // --- deadlines -----------------------------------------------------------------------------------------------

  expire(): void {
    if (this.#state === 'body') this.#lookAtBody();
  }

  #lookAtBody(): void {
    const { timeouts } = this.#owner.plan;
    const late = lateBody(this.#progress!, this.#body!, timeouts);
    if (late) this.failFromClient(late);
    else this.#owner.expireAfter(timeouts.bodyIdleMs);
  }
}

/** Not an answer that goes along with its request, as an echo does. */
function endsEarly({ status, body }: ProxyResponse): boolean {
  return status >= 400 || body === undefined || body.length !== undefined;
}
