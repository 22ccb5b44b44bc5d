import type { BodySink } from '../../../core/body.ts';
import { ProxyError, toProxyError } from '../../../core/errors.ts';
import type { Headers } from '../../../core/headers.ts';
import { Deadline } from '../../../core/timer-wheel.ts';
import { CHUNKED } from '../../../wire/http1/framing.ts';
import { requestTrailerFaults } from '../../../wire/http1/faults.ts';
import { Http2Code, type Http2CodeValue } from '../../../wire/http2/codes.ts';
import type { HeaderField } from '../../../wire/http2/header-field.ts';
import { parsePriority } from '../../../wire/http2/priority.ts';
import { resetCodeOf } from '../../../wire/http2/reset-code.ts';
import { parseTrailerFields } from '../../../wire/http2/trailers.ts';
import { answerTo } from '../../error-answer.ts';
import { guarded } from '../../event-guard.ts';
import type { Abortable, ProxyResponse, Reply, Timings } from '../../exchange.ts';
import { isGrpcCall } from '../../grpc-answer.ts';
import type { Http2Stream, StreamEnd, StreamUser } from '../../http2/stream.ts';
import type { StreamInput } from '../../http2/stream-input.ts';
import { ProgressWatch } from '../../progress-watch.ts';
import { ClientExchange, type ExchangeHead } from '../client-exchange.ts';
import type { ClientLink } from '../client-link.ts';
import { discard, DISCARD_BYTES } from '../discard.ts';
import { lateBody } from '../late-body.ts';
import { AnswerFields, InterimFields } from './answer-fields.ts';
import { breakOffCode } from './break-off-code.ts';
import { openInput } from './request-input.ts';
import type { StreamRequest } from './stream-request.ts';

/** The connection that a run's stream is on. */
export interface StreamRunOwner extends ClientLink {
  /** Why a stream came to nothing. */
  reasonOf(end: StreamEnd): ProxyError;
  /** Bytes of bodies fill all that the connection may have with us: that a client sends no more is not its fault. */
  readonly full: boolean;
  /** A tunnel has been opened. */
  tunnelOpened(): void;
  /** The exchange is over and in the log. */
  runEnded(run: StreamRun, now: number): void;
}

/**
 * One exchange on a stream of HTTP/2.
 *
 * It is over when the answer has been sent and the request has come, or is given up; in a tunnel when both sides have ended.
 * (1) `handler.finished` comes exactly once, after which nothing of the exchange touches the connection.
 * (2) Whatever way it ends, its stream has left the connection then.
 */
export class StreamRun implements Reply, StreamUser {
  readonly exchange: ClientExchange;
  readonly #owner: StreamRunOwner;
  readonly #stream: Http2Stream;
  readonly #input: StreamInput | undefined;
  #progress: ProgressWatch | undefined;
  #deadline: Deadline | undefined;
  /** Who works on the exchange. */
  #worker: Abortable | undefined;
  /** The final answer has begun; has been written whole. */
  #begun = false;
  #answered = false;
  #over = false;
  #tunnel = false;
  /** Of our answer, when somebody last looked. */
  #sent = -1;

  private constructor(
    owner: StreamRunOwner,
    stream: Http2Stream,
    input: StreamInput | undefined,
    exchange: ClientExchange,
  ) {
    this.#owner = owner;
    this.#stream = stream;
    this.#input = input;
    this.exchange = exchange;
    stream.user = this;
  }

  /** The exchange of a request whose head has just come. */
  static of(owner: StreamRunOwner, stream: Http2Stream, { head, path }: StreamRequest, timings: Timings): StreamRun {
    const { protocol, headers, bodyLength } = head;
    const input = openInput(stream, protocol === undefined ? bodyLength : CHUNKED);
    if (head.priority !== undefined) stream.output.priority = parsePriority(head.priority);
    const exchange = new ClientExchange(owner.env.requestId(headers, owner), owner, head, {
      protocol: 'HTTP/2.0',
      method: protocol === undefined ? head.method : 'GET',
      path,
      upgrade: protocol,
      tunnelOnly: protocol !== undefined,
      body: input,
      timings,
    });
    return new StreamRun(owner, stream, input, exchange);
  }

  /** That of a request which nobody is to handle: `failFromClient` follows. */
  static ofUnreadable(owner: StreamRunOwner, stream: Http2Stream, head: ExchangeHead, timings: Timings): StreamRun {
    openInput(stream, stream.remoteEnded ? 0 : CHUNKED)?.start(discard);
    const parts = { protocol: 'HTTP/2.0', path: '', upgrade: undefined, body: undefined, timings } as const;
    const exchange = new ClientExchange(owner.env.requestId(head.headers, owner), owner, head, parts);
    return new StreamRun(owner, stream, undefined, exchange);
  }

  /** The tunnel is open. */
  get tunnel(): boolean {
    return this.#tunnel;
  }

  /** Hands the exchange to the steps behind. */
  start(): void {
    const worker = this.#owner.env.handler.handle(this.exchange, this);
    if (this.#over) return; // Answered already.
    this.#worker = worker;
    const input = this.#input;
    if (input === undefined || input.complete || input.over || this.exchange.tunnelOnly) return;
    // A caller says something when it has something to say.
    if (isGrpcCall(this.exchange)) return;
    // A body that nobody reads yet, or that the client holds back for a `100 Continue`, is not late.
    this.#progress = new ProgressWatch();
    this.#progress.start(input, !input.flowing || this.exchange.expectContinue);
    const { env, socket } = this.#owner;
    this.#deadline = new Deadline(() => guarded(env, socket, () => this.#lookAtBody()));
    env.wheel.set(this.#deadline, this.#owner.plan.timeouts.bodyIdleMs);
  }

  // --- the request ---------------------------------------------------------------------------------------------

  /** Trailers. */
  headersCame(fields: readonly HeaderField[], endStream: boolean, whole: boolean): void {
    try {
      const trailers = this.#readTrailers(fields, endStream, whole);
      const { input } = this.#stream;
      if (input?.end(trailers) !== true) this.lengthWrong();
    } catch (error) {
      this.failFromClient(toProxyError(error));
    }
  }

  #readTrailers(fields: readonly HeaderField[], endStream: boolean, whole: boolean): Headers | undefined {
    const { trailerBytes } = this.#owner.plan.limits;
    if (!endStream) throw new ProxyError('bad-body', 'Cannot read the trailers: the request goes on behind them');
    if (!whole) throw new ProxyError('trailers-too-large', `Cannot read the trailers: more than ${trailerBytes} bytes`);
    return parseTrailerFields(fields, trailerBytes, requestTrailerFaults);
  }

  lengthWrong(): void {
    this.failFromClient(
      new ProxyError('bad-framing', 'Cannot read the request body: it is not as long as Content-Length says'),
    );
  }

  inputTaken(): void {
    this.#deadline?.clear();
    this.#endIfDone();
  }

  inputCancelled(): void {
    this.#deadline?.clear();
    this.#endIfDone();
  }

  #lookAtBody(): void {
    const input = this.#input!;
    if (this.#over || input.complete || input.over) return;
    if (this.#owner.full) input.slowed = true;
    const { timeouts } = this.#owner.plan;
    const late = lateBody(this.#progress!, input, timeouts);
    if (late) this.failFromClient(late);
    else this.#owner.env.wheel.set(this.#deadline!, timeouts.bodyIdleMs);
  }

  // --- the answer ----------------------------------------------------------------------------------------------

  /** RFC 9110 section 15.2: every interim answer goes on, also a 100 that nobody waits for. */
  inform(status: number, headers: Headers): void {
    if (!this.#over && !this.#begun) this.#stream.sendHead(new InterimFields(status, headers), false);
  }

  respond(response: ProxyResponse): void {
    if (this.#over || this.#begun) {
      response.body?.cancel(new ProxyError('internal-error', 'Cannot answer: the exchange has its answer or is over'));
      return;
    }
    const { exchange } = this;
    if (exchange.tunnelOnly && response.status >= 200 && response.status < 300) return this.#refuseTunnel(response);
    this.#begun = true;
    exchange.status = response.status;
    if (exchange.timings.firstByte === 0) exchange.timings.firstByte = this.#owner.env.clock.now();
    if (response.status === 101) this.#enterTunnel();
    else this.#settleRequestBody();
    if (this.#over) return response.body?.cancel(new ProxyError('client-abort', 'Cannot answer: the client has gone'));
    this.#stream.sendHead(new AnswerFields(exchange, response, this.#owner.env.date), response.body === undefined);
    if (response.body !== undefined) this.#stream.output.begin(response.body);
  }

  fail(error: ProxyError): void {
    if (this.#over) return;
    this.exchange.reason ??= error.code;
    if (this.#begun || error.status === 0) this.#breakOff(error);
    else this.respond(answerTo(this.exchange, error));
  }

  /** To this client every 2xx would be the opened tunnel (RFC 8441 section 5). */
  #refuseTunnel(response: ProxyResponse): void {
    const error = new ProxyError(
      'server-upgrade-failed',
      `Cannot open a tunnel: the server answered with ${response.status}, and did not switch protocols`,
    );
    response.body?.cancel(error);
    this.fail(error);
  }

  #enterTunnel(): void {
    this.#tunnel = true;
    this.#owner.tunnelOpened();
  }

  /** A small request body that nobody will read is dropped as it comes; what is left of a larger one when the answer is over is refused. */
  #settleRequestBody(): void {
    const input = this.#input;
    if (input === undefined || input.over || input.flowing || this.exchange.expectContinue) return;
    if (input.length !== undefined && input.length <= DISCARD_BYTES) input.start(discard);
  }

  outputSent(): void {
    this.#answered = true;
    this.#endIfDone();
  }

  outputBroken(error: ProxyError): void {
    this.exchange.reason ??= error.code;
    this.#breakOff(error);
  }

  // --- ends ----------------------------------------------------------------------------------------------------

  /** The client, or what it sent, is at fault: the steps behind are stopped, and it gets what can still be said. */
  failFromClient(error: ProxyError): void {
    if (this.#over) return;
    this.exchange.reason ??= error.code;
    this.#stopWork(error);
    const code = resetCodeOf(error);
    if (code === undefined || this.#begun || error.status === 0) return this.fail(error);
    this.#answerAndReset(answerTo(this.exchange, error), code);
  }

  /** Ends the stream with nothing but a code. */
  refuse(error: ProxyError, code: Http2CodeValue): void {
    if (this.#over) return;
    this.exchange.reason ??= error.code;
    this.#stopWork(error);
    this.#end(code);
  }

  /** RFC 9113 section 8.1.1: a malformed request may have its answer, but its stream ends in an error. */
  #answerAndReset(response: ProxyResponse, code: Http2CodeValue): void {
    this.#begun = true;
    this.exchange.status = response.status;
    this.#stream.sendHead(new AnswerFields(this.exchange, response, this.#owner.env.date), false);
    response.body?.start(untilEnd(this.#stream.output));
    this.#end(code);
  }

  /** Both messages have ended in order. */
  closed(): void {
    this.#answered = true;
    this.#endIfDone();
  }

  ended(end: StreamEnd): void {
    if (this.#over) return;
    const error = this.#owner.reasonOf(end);
    if (!this.#answered) this.exchange.reason ??= error.code;
    this.#stopWork(error);
    this.#finish();
  }

  #endIfDone(): void {
    if (!this.#answered || this.#over || this.#goesOn) return;
    if (this.#stream.gone) this.#finish();
    else this.#end(this.#tunnel ? Http2Code.Cancel : Http2Code.NoError);
  }

  /** The answer is over, and the request is not. */
  get #goesOn(): boolean {
    const { remoteEnded, gone } = this.#stream;
    if (remoteEnded && !gone) return true; // `closed` follows.
    const input = this.#input;
    if (input === undefined) return false;
    // What is being dropped or still forwarded has its deadline; so has a tunnel's other direction.
    return input.flowing || (this.#tunnel && !gone && !input.over);
  }

  /** The stream, and the exchange with it. */
  #end(code: Http2CodeValue): void {
    this.#stream.reset(code);
    this.#finish();
  }

  /** Writes the exchange off: its line in the log, and no way back to this connection. */
  #finish(): void {
    if (this.#over) return; // Somebody who was told to stop has called back.
    const { exchange } = this;
    const input = this.#input;
    this.#over = true;
    this.#worker = undefined;
    this.#deadline?.clear();
    if (input !== undefined) {
      exchange.bytesIn = input.bytes;
      if (!input.over)
        input.fail(new ProxyError('client-abort', 'Cannot go on reading the request: its exchange is over'));
    }
    exchange.bytesOut = this.#stream.output.sent;
    if (exchange.status === 0) exchange.status = 499;
    const now = this.#owner.env.clock.now();
    exchange.timings.ended = now;
    this.#owner.env.handler.finished(exchange);
    this.#owner.runEnded(this, now);
  }

  #stopWork(error: ProxyError): void {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.abort(error);
    if (this.#begun) this.#stream.output.cancel(error);
    this.#input?.fail(error);
  }

  /** Ends without a proper end, so that the client notices that the answer is not whole. */
  #breakOff(error: ProxyError): void {
    if (this.#over) return;
    this.#stopWork(error);
    this.#end(breakOffCode(error, this.#tunnel));
  }

  // --- the peer's windows --------------------------------------------------------------------------------------

  /** Since somebody last asked, some of the answer has gone. */
  progressed(): boolean {
    const { sent } = this.#stream.output;
    const moved = sent !== this.#sent;
    this.#sent = sent;
    return moved;
  }

  /** It waits for room which the peer has to give to this very stream. */
  get starved(): boolean {
    return this.#stream.output.waiting && this.#stream.sendWindow.left <= 0;
  }

  /** It waits for room, whatever for. */
  get waits(): boolean {
    return this.#stream.output.waiting;
  }
}

/** Takes a body to where it goes, but for its end. */
function untilEnd(sink: BodySink): BodySink {
  return { write: (chunk) => sink.write(chunk), flush: () => undefined, end: () => undefined, abort: () => undefined };
}
