import type { Clock } from '../../../core/clock.ts';
import { ProxyError, toProxyError } from '../../../core/errors.ts';
import type { Headers } from '../../../core/headers.ts';
import { resetSocket } from '../../../core/reset-socket.ts';
import { Deadline } from '../../../core/timer-wheel.ts';
import { BodyDecoder } from '../../../wire/http1/body-decoder.ts';
import { UNTIL_CLOSE } from '../../../wire/http1/framing.ts';
import { HeadReader } from '../../../wire/http1/head-reader.ts';
import { parseRequestHead, type RequestHead } from '../../../wire/http1/request-head.ts';
import { responseHeadText } from '../../../wire/http1/serialise.ts';
import { normalisePath } from '../../../wire/path.ts';
import type { ClientSocket } from '../../client-socket.ts';
import { DecodedBody, type BodyReader } from '../../decoded-body.ts';
import { answerFor } from '../../error-answer.ts';
import type { Abortable, ClientConnection, ExchangeHandler, ProxyResponse, Reply } from '../../exchange.ts';
import { Intake, type IntakeOwner } from '../../intake.ts';
import { MessageWriter, type WriterEnv, type WriterOwner } from '../../message-writer.ts';
import type { ClientTimeouts } from '../../plan.ts';
import { answerHead, answerLength } from './answer-head.ts';
import { discard, DISCARD_BYTES } from './discard.ts';
import { Http1Exchange, unreadableHead } from './http1-exchange.ts';

/** What all client connections of a thread share. */
export interface ClientEnv extends WriterEnv {
  readonly clock: Clock;
  readonly handler: ExchangeHandler;
  /** `Date: ...` with its CRLF, for now. */
  dateLine(): string;
  requestId(headers: Headers, client: ClientConnection): string;
  /** The thread is stopping: each connection ends with its current exchange. */
  readonly draining: boolean;
}

/** How long a client may take to close its side after we closed ours: closing at once would reset the answer it still reads. */
const LINGER_MS = 5000;

type State = 'idle' | 'head' | 'body' | 'answer' | 'tunnel' | 'linger' | 'closed';

/**
 * One client connection that speaks HTTP/1.
 *
 *           first byte        head whole, a body follows       body read whole
 *   idle --------------> head --------------------------> body -----------------> answer -- 101 sent --> tunnel
 *    ^                     '------------ no body --------------------------------->  |                      |
 *    '------------------------ answer sent, kept alive -----------------------------'|                      |
 *                                                                      not kept alive v    both sides ended v
 *   any state -- socket closed --> closed <----- peer closed, or 5 s ---------------- linger <--------------'
 *
 * (1) One exchange at a time: what a client sends ahead waits in the intake, bounded; then reading stops.
 * (2) `handler.finished` comes exactly once for each exchange, after which nothing of it touches the connection.
 * (3) An exchange that is over before its request was read whole ends the connection, by way of linger.
 * (4) Every state but answer has a deadline; in answer the steps behind have theirs.
 */
export class Http1Connection implements ClientConnection, BodyReader, WriterOwner, IntakeOwner {
  readonly id: number;
  readonly listener: string;
  readonly address: string;
  readonly port: number;
  readonly localPort: number;
  readonly trusted: boolean;
  readonly #client: ClientSocket;
  readonly #env: ClientEnv;
  readonly #in: Intake;
  readonly #out: MessageWriter;
  readonly #reader: HeadReader;
  readonly #deadline: Deadline = new Deadline(() => this.#guard(() => this.#expire()));
  #closeListeners: (() => void)[] | undefined;
  #state: State = 'idle';
  #started = 0;
  #exchange: Http1Exchange | undefined;
  #body: DecodedBody | undefined;
  /** Who works on the exchange. */
  #worker: Abortable | undefined;
  #keepAlive = true;
  /** The final answer has begun; has been written whole. */
  #begun = false;
  #answered = false;
  #inputEnded = false;
  #bytesAtLastLook = 0;

  constructor(client: ClientSocket, facts: { id: number; trusted: boolean }, env: ClientEnv) {
    this.id = facts.id;
    this.trusted = facts.trusted;
    this.listener = client.listener.name;
    this.address = client.address;
    this.port = client.port;
    this.localPort = client.localPort;
    this.#client = client;
    this.#env = env;
    this.#in = new Intake(client.socket, this);
    this.#out = new MessageWriter(client.socket, this, env, this.#timeouts.writeMs);
    this.#reader = new HeadReader(client.listener.plan.limits);
    client.onBytes = (chunk) => this.#in.onBytes(chunk);
    client.socket.on('end', () => this.#guard(() => this.#onEnd()));
    client.socket.on('error', ignore); // 'close' follows and says all that matters.
    client.socket.on('close', () => this.#guard(() => this.#onClose()));
    env.wheel.set(this.#deadline, this.#timeouts.headMs);
  }

  /** Begins to read. */
  start(): void {
    this.#client.socket.resume();
  }

  onClose(listener: () => void): void {
    if (this.#state === 'closed') listener();
    else (this.#closeListeners ??= []).push(listener);
  }

  /** The thread drains: an idle connection closes now, a busy one after its exchange. */
  drain(): void {
    this.#keepAlive = false;
    if (this.#state === 'idle') this.#linger();
  }

  /** Ends everything now. */
  destroy(): void {
    this.#client.socket.destroy();
  }

  /** An exchange is in flight. */
  get busy(): boolean {
    return this.#exchange !== undefined;
  }

  get #timeouts(): ClientTimeouts {
    return this.#client.listener.plan.timeouts;
  }

  // --- the request ---------------------------------------------------------------------------------------------

  wantsBytes(): boolean {
    switch (this.#state) {
      case 'idle':
      case 'head':
      case 'linger':
        return true;
      case 'body':
      case 'tunnel':
        return this.#body!.flowing && !this.#body!.paused;
      default:
        return false;
    }
  }

  readsAhead(): boolean {
    // Behind a paused body more bytes would only pile up; a waiting client's would tell whether it is still there.
    return this.#state !== 'closed' && this.#body?.paused !== true;
  }

  takeBytes(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case 'idle':
        this.#enterHead();
        return this.#takeHead(chunk, at);
      case 'head':
        return this.#takeHead(chunk, at);
      case 'body':
      case 'tunnel':
        return this.#takeBody(chunk, at);
      default:
        return chunk.length;
    }
  }

  bytesTaken(): void {
    this.#body?.flush();
  }

  refuseBytes(error: unknown): void {
    if (!this.#exchange) this.#open(unreadableHead(''), '');
    this.#failFromClient(toProxyError(error));
  }

  #enterIdle(now: number): void {
    this.#state = 'idle';
    this.#env.wheel.setAt(this.#deadline, now + this.#timeouts.keepAliveMs);
  }

  #enterHead(): void {
    this.#state = 'head';
    const now = this.#env.clock.now();
    this.#started = now;
    this.#env.wheel.setAt(this.#deadline, now + this.#timeouts.headMs);
  }

  #takeHead(chunk: Buffer, at: number): number {
    const text = this.#reader.read(chunk, at);
    if (text === undefined) {
      if (!this.#reader.begun) this.#enterIdle(this.#started); // Only empty lines, which may stand between two requests.
      return chunk.length;
    }
    this.#begin(text);
    return this.#reader.end;
  }

  #begin(text: string): void {
    const { plan } = this.#client.listener;
    let head: RequestHead;
    let path: string;
    try {
      head = parseRequestHead(text, plan.limits);
      path = head.target.path === '*' ? '*' : normalisePath(head.target.path, plan.paths);
    } catch (error) {
      this.#open(unreadableHead(text), '');
      throw error;
    }
    const exchange = this.#open(head, path);
    this.#keepAlive = head.keepAlive && !this.#env.draining;
    const worker = this.#env.handler.handle(exchange, new Http1Reply(this, exchange));
    if (this.#exchange !== exchange) return; // Answered already.
    this.#worker = worker;
    if (this.#state === 'body') this.#watchBody();
  }

  #open(head: RequestHead, path: string): Http1Exchange {
    const { bodyLength } = head;
    const length = head.upgrade !== undefined && bodyLength === 0 ? UNTIL_CLOSE : bodyLength;
    const decoder = length === 0 ? undefined : new BodyDecoder(length, this.#client.listener.plan.limits, 'client');
    const body = decoder && new DecodedBody(length, decoder, this);
    this.#body = body;
    this.#state = bodyLength === 0 ? 'answer' : 'body';
    this.#deadline.clear();
    this.#begun = this.#answered = false;
    const timings = { started: this.#started, headRead: this.#env.clock.now(), connected: 0, firstByte: 0, ended: 0 };
    const id = this.#env.requestId(head.headers, this);
    this.#exchange = new Http1Exchange(id, this, head, { path, body, timings });
    return this.#exchange;
  }

  #takeBody(chunk: Buffer, at: number): number {
    const body = this.#body!;
    const end = body.take(chunk, at);
    if (body.over) this.#bodyOver();
    return end;
  }

  #bodyOver(): void {
    if (this.#state === 'body') {
      this.#state = 'answer';
      this.#deadline.clear();
    }
    this.#finishIfDone();
  }

  bodyWanted(): void {
    this.#guard(() => {
      this.#in.wake();
      this.#endBodyAfterInput();
    });
  }

  bodyCancelled(): void {
    if (this.#state !== 'body') return; // A tunnel that never opened: the request itself was read whole.
    this.#keepAlive = false;
    this.#guard(() => this.#finishIfDone());
  }

  /** The FIN may have come while the body's last bytes still waited here. */
  #endBodyAfterInput(): void {
    const body = this.#body;
    if (!this.#inputEnded || this.#in.waiting || !body?.flowing) return;
    if (body.finish()) this.#bodyOver();
    else this.#failFromClient(new ProxyError('client-abort', 'Cannot read the request body: the client closed before its end'));
  }

  // --- the answer ----------------------------------------------------------------------------------------------

  /** For Http1Reply; as are `respond` and `fail`. */
  inform(exchange: Http1Exchange, status: number, headers: Headers): void {
    if (exchange !== this.#exchange || this.#begun || exchange.protocol === 'HTTP/1.0') return;
    if (status === 100 && !exchange.expectContinue) return;
    this.#out.inform(responseHeadText(status, '', headers, ''));
  }

  respond(exchange: Http1Exchange, response: ProxyResponse): void {
    if (exchange !== this.#exchange || this.#begun) {
      response.body?.cancel(new ProxyError('internal-error', 'Cannot answer: the exchange has its answer or is over'));
      return;
    }
    this.#begun = true;
    exchange.status = response.status;
    if (exchange.timings.firstByte === 0) exchange.timings.firstByte = this.#env.clock.now();
    if (response.status === 101) this.#enterTunnel();
    else this.#settleRequestBody(exchange);
    const length = answerLength(exchange, response);
    const keepAlive = this.#keepAlive && length !== UNTIL_CLOSE && !this.#env.draining;
    this.#keepAlive = keepAlive;
    this.#out.stallMs = this.#timeouts.writeMs;
    this.#out.begin(answerHead(exchange, response, length, { keepAlive, date: this.#env.dateLine() }), length, response.body);
  }

  fail(exchange: Http1Exchange, error: ProxyError): void {
    if (exchange !== this.#exchange) return;
    exchange.reason ??= error.code;
    if (this.#begun || error.status === 0) this.#breakOff(error);
    else this.respond(exchange, answerFor(error, exchange.id, exchange.method));
  }

  /** A request body that nobody will read is dropped if it is small; otherwise the answer says that we close. */
  #settleRequestBody(exchange: Http1Exchange): void {
    const body = this.#body;
    if (!body || body.over || body.flowing || this.#state !== 'body') return;
    const small = body.length !== undefined && body.length <= DISCARD_BYTES && !exchange.expectContinue;
    if (small && this.#keepAlive) body.start(discard);
    else this.#keepAlive = false;
  }

  #enterTunnel(): void {
    this.#state = 'tunnel';
    this.#keepAlive = false;
    this.#bytesAtLastLook = 0;
    this.#env.wheel.set(this.#deadline, this.#timeouts.tunnelIdleMs);
  }

  messageSent(): void {
    this.#answered = true;
    if (this.#state === 'tunnel') this.#client.socket.end();
    this.#finishIfDone();
  }

  messageBroken(error: ProxyError): void {
    if (this.#exchange) this.#exchange.reason ??= error.code;
    this.#breakOff(error);
  }

  writeStalled(): void {
    this.#failFromClient(new ProxyError('write-timeout', 'Cannot send the answer: the client took no byte of it in time'));
  }

  // --- ends ----------------------------------------------------------------------------------------------------

  #finishIfDone(): void {
    if (!this.#answered || !this.#exchange) return;
    const body = this.#body;
    if (this.#state === 'tunnel' && !body!.over) return;
    if (this.#state === 'body') {
      if (this.#keepAlive && body!.flowing) return; // The rest of a body that is dropped or still forwarded; it has its deadline.
      this.#keepAlive = false;
    }
    const now = this.#env.clock.now();
    this.#finish(now);
    if (!this.#keepAlive || (this.#inputEnded && !this.#in.waiting)) return this.#linger();
    this.#enterIdle(now);
    this.#in.wake();
    // A half request behind the client's FIN will never be a whole one.
    if (this.#inputEnded && (this.#state === 'head' || this.#state === 'idle')) this.#linger();
  }

  /** Writes the exchange off: its line in the log, and no way back to this connection. */
  #finish(now: number): void {
    const exchange = this.#exchange;
    if (!exchange) return;
    const body = this.#body;
    this.#exchange = this.#worker = this.#body = undefined;
    exchange.bytesIn = body?.bytes ?? 0;
    exchange.bytesOut = this.#begun ? this.#out.bytes : 0;
    exchange.timings.ended = now;
    if (exchange.status === 0) exchange.status = 499;
    if (body && !body.over) body.fail(new ProxyError('client-abort', 'Cannot go on reading the request: its exchange is over'));
    this.#env.handler.finished(exchange);
  }

  /** The client, or what it sent, is at fault: the steps behind are stopped, and it gets what can still be said. */
  #failFromClient(error: ProxyError): void {
    const exchange = this.#exchange;
    if (!exchange) return this.destroy();
    exchange.reason ??= error.code;
    this.#stopWork(error);
    this.fail(exchange, error);
  }

  #stopWork(error: ProxyError): void {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#keepAlive = false;
    worker?.abort(error);
    this.#out.cancel(error);
    this.#body?.fail(error);
  }

  /** Closes without a proper end, so that the client notices that the answer is not whole. */
  #breakOff(error: ProxyError): void {
    this.#stopWork(error);
    this.#finish(this.#env.clock.now());
    resetSocket(this.#client.socket);
  }

  /** Our side is closed; what still comes is dropped until the client closes too. */
  #linger(): void {
    this.#state = 'linger';
    this.#in.drop();
    this.#client.socket.end();
    this.#env.wheel.set(this.#deadline, LINGER_MS);
    this.#in.wake();
  }

  #onEnd(): void {
    this.#inputEnded = true;
    if (this.#state === 'idle' || this.#state === 'head') this.#linger();
    else if (this.#state === 'body' || this.#state === 'tunnel') this.#endBodyAfterInput();
    // In answer the request was whole: a client that has closed only its own side still gets its answer. In linger the
    // socket closes by itself when what is still to be written has left.
  }

  #onClose(): void {
    if (this.#state === 'closed') return;
    const gone = new ProxyError('client-abort', 'Cannot go on: the client closed the connection');
    if (this.#exchange) this.#exchange.reason ??= gone.code;
    this.#state = 'closed';
    this.#deadline.clear();
    this.#stopWork(gone);
    this.#finish(this.#env.clock.now());
    this.#out.dispose();
    this.#in.drop();
    for (const listener of this.#closeListeners ?? []) listener();
  }

  // --- deadlines -----------------------------------------------------------------------------------------------

  #expire(): void {
    switch (this.#state) {
      case 'head':
        return this.refuseBytes(new ProxyError('head-timeout', 'Cannot read a request: its head did not arrive in time'));
      case 'body':
        return this.#lookAtBody();
      case 'tunnel':
        return this.#lookAtTunnel();
      case 'linger':
        // Bytes of the answer that a slow client still takes are the write timeout's business.
        if (this.#client.socket.writableLength > 0) return this.#env.wheel.set(this.#deadline, LINGER_MS);
        return this.destroy();
      default:
        return this.destroy();
    }
  }

  #watchBody(): void {
    this.#bytesAtLastLook = 0;
    // A body that nobody reads yet, or that the client holds back for a `100 Continue`, is not late.
    this.#body!.slowed = !this.#body!.flowing || this.#exchange!.expectContinue;
    this.#env.wheel.set(this.#deadline, this.#timeouts.bodyIdleMs);
  }

  /** Looks at whole windows, so that a read costs nothing: a silent client is noticed after one to two of them. */
  #lookAtBody(): void {
    const { bodyIdleMs, bodyMinRate } = this.#timeouts;
    const body = this.#body!;
    const came = body.bytes - this.#bytesAtLastLook;
    if (!body.slowed && (came === 0 || came * 1000 < bodyMinRate * bodyIdleMs)) {
      const error = new ProxyError('body-timeout', `Cannot read the request body: ${came} bytes came in ${bodyIdleMs} ms`);
      return this.#failFromClient(error);
    }
    this.#bytesAtLastLook = body.bytes;
    body.slowed = !body.flowing || body.paused;
    this.#env.wheel.set(this.#deadline, bodyIdleMs);
  }

  #lookAtTunnel(): void {
    const bytes = this.#body!.bytes + this.#out.bytes;
    if (bytes === this.#bytesAtLastLook) {
      return this.#failFromClient(new ProxyError('tunnel-timeout', 'Cannot keep the tunnel: both sides were silent for too long'));
    }
    this.#bytesAtLastLook = bytes;
    this.#env.wheel.set(this.#deadline, this.#timeouts.tunnelIdleMs);
  }

  /** Nothing that a peer does may throw out of an event handler: what does is our bug, and ends this connection only. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (this.#exchange) this.#exchange.reason ??= toProxyError(error).code;
      this.destroy();
    }
  }
}

/** The way back to the client for one exchange; deaf once the connection has gone on to another. */
class Http1Reply implements Reply {
  readonly #connection: Http1Connection;
  readonly #exchange: Http1Exchange;

  constructor(connection: Http1Connection, exchange: Http1Exchange) {
    this.#connection = connection;
    this.#exchange = exchange;
  }

  inform(status: number, headers: Headers): void {
    this.#connection.inform(this.#exchange, status, headers);
  }

  respond(response: ProxyResponse): void {
    this.#connection.respond(this.#exchange, response);
  }

  fail(error: ProxyError): void {
    this.#connection.fail(this.#exchange, error);
  }
}

function ignore(): void {
  // An 'error' without a listener would end the process.
}
