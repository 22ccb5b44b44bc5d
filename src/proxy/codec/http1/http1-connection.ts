import type net from 'node:net';
import { ProxyError, toProxyError } from '../../../core/errors.ts';
import { Deadline } from '../../../core/timer-wheel.ts';
import { HeadReader } from '../../../wire/http1/head-reader.ts';
import { parseRequestHead, type RequestHead } from '../../../wire/http1/request-head.ts';
import { normalisePath } from '../../../wire/path.ts';
import type { ClientSocket } from '../../client-socket.ts';
import type { TlsFacts } from '../../exchange.ts';
import { guarded } from '../../event-guard.ts';
import { Intake, type IntakeOwner } from '../../intake.ts';
import { MessageWriter, type WriterOwner } from '../../message-writer.ts';
import type { ListenerPlan } from '../../plan.ts';
import type { ClientEnv } from './client-env.ts';
import { ExchangeRun, type RunOwner } from './exchange-run.ts';
import { unreadableHead } from './http1-exchange.ts';

/** How long a client may take to close its side after we closed ours: closing at once would reset the answer it still reads. */
const LINGER_MS = 5000;

/**
 * One client connection that speaks HTTP/1.
 *
 *           first byte         head whole
 *   idle --------------> head ------------> busy -- not kept alive --> linger -- peer closed, or 5 s --> closed
 *    '<------------- kept alive -------------'                        any state -- socket closed -----'
 *
 * (1) One exchange at a time: what a client sends ahead waits in the intake, bounded; then reading stops.
 * (2) An exchange that is over before its request was read whole ends the connection, by way of linger.
 * (3) Every state has a deadline; in busy it is the exchange's.
 */
export class Http1Connection implements RunOwner, WriterOwner, IntakeOwner {
  readonly id: number;
  readonly listener: string;
  readonly address: string;
  readonly port: number;
  readonly localPort: number;
  readonly trusted: boolean;
  readonly tls: TlsFacts | undefined;
  readonly socket: net.Socket;
  readonly env: ClientEnv;
  readonly in: Intake;
  readonly out: MessageWriter;
  keepAlive = true;
  inputEnded = false;
  readonly #client: ClientSocket;
  readonly #reader: HeadReader;
  readonly #deadline: Deadline = new Deadline(() => guarded(this.env, this.socket, () => this.#expire()));
  #closeListeners: (() => void)[] | undefined;
  #state: 'idle' | 'head' | 'busy' | 'linger' | 'closed' = 'idle';
  /** When the head began that is being read. */
  #started = 0;
  #run: ExchangeRun | undefined;

  constructor(client: ClientSocket, facts: { id: number; trusted: boolean }, env: ClientEnv) {
    this.id = facts.id;
    this.trusted = facts.trusted;
    this.tls = client.tls;
    this.listener = client.listener.name;
    this.address = client.address;
    this.port = client.port;
    this.localPort = client.localPort;
    this.socket = client.socket;
    this.env = env;
    this.#client = client;
    this.in = new Intake(client.socket, this, env.clock);
    this.out = new MessageWriter(client.socket, this, env, this.plan.timeouts.writeMs);
    this.#reader = new HeadReader(this.plan.limits);
    client.onBytes = (chunk) => this.in.onBytes(chunk);
    client.socket.on('end', () => guarded(this.env, this.socket, () => this.#onEnd()));
    client.socket.on('error', ignore); // 'close' follows and says all that matters.
    client.socket.on('close', () => guarded(this.env, this.socket, () => this.#onClose()));
    this.expireAfter(this.plan.timeouts.headMs);
  }

  /** Begins to read. */
  start(): void {
    this.socket.resume();
  }

  onClose(listener: () => void): void {
    if (this.#state === 'closed') listener();
    else (this.#closeListeners ??= []).push(listener);
  }

  /** The thread drains: an idle connection closes now, a busy one after its exchange. */
  drain(): void {
    this.keepAlive = false;
    if (this.#state === 'idle') this.#linger();
  }

  /** Whether it came in by this listener. */
  cameBy(listener: ClientSocket['listener']): boolean {
    return this.#client.listener === listener;
  }

  /** Ends everything now. */
  destroy(): void {
    this.socket.destroy();
  }

  /** An exchange is in flight. */
  get busy(): boolean {
    return this.#run !== undefined;
  }

  /** It carries another protocol. */
  get tunnel(): boolean {
    return this.#run?.tunnel === true;
  }

  /** The listener's plan in force: a reload may have changed limits and timeouts. */
  get plan(): ListenerPlan {
    return this.#client.listener.plan;
  }

  // --- reading -------------------------------------------------------------------------------------------------

  wantsBytes(): boolean {
    if (this.#run) return this.#run.wantsBytes;
    // A client that sends requests and takes no answers would fill our memory with them.
    return this.#state !== 'closed' && !(this.out.backedUp && this.#state !== 'linger');
  }

  readsAhead(): boolean {
    if (this.#run) return this.#run.readsAhead;
    return this.#state !== 'closed';
  }

  takeBytes(chunk: Buffer, at: number): number {
    if (this.#run) return this.#run.takeBytes(chunk, at);
    if (this.#state === 'linger') return chunk.length;
    if (this.#state === 'idle') this.#enterHead();
    const text = this.#reader.read(chunk, at);
    if (text === undefined) {
      if (!this.#reader.begun) this.#enterIdle(this.#started); // Only empty lines, which may stand between two requests.
      return chunk.length;
    }
    this.#begin(text);
    return this.#reader.end;
  }

  bytesTaken(): void {
    this.#run?.bytesTaken();
  }

  rested(): void {
    if (this.inputEnded) guarded(this.env, this.socket, () => this.#endInput());
  }

  refuseBytes(error: unknown): void {
    if (!(error instanceof ProxyError)) this.env.bug(error);
    const run = this.#run ?? this.#open(unreadableHead(''), '');
    run.failFromClient(toProxyError(error));
  }

  #enterIdle(now: number): void {
    this.#state = 'idle';
    this.env.wheel.setAt(this.#deadline, now + this.plan.timeouts.keepAliveMs);
  }

  #enterHead(): void {
    const now = this.env.clock.now();
    this.#state = 'head';
    this.#started = now;
    this.env.wheel.setAt(this.#deadline, now + this.plan.timeouts.headMs);
  }

  #begin(text: string): void {
    const { plan } = this;
    let head: RequestHead;
    let path: string;
    try {
      head = parseRequestHead(text, plan.limits, this.tls !== undefined || this.trusted);
      path = head.target.path === '*' ? '*' : normalisePath(head.target.path, plan.paths);
    } catch (error) {
      this.#open(unreadableHead(text), '');
      throw error;
    }
    const run = this.#open(head, path);
    this.keepAlive = head.keepAlive && !this.env.draining;
    run.start();
  }

  #open(head: RequestHead, path: string): ExchangeRun {
    this.#state = 'busy';
    this.#deadline.clear();
    const timings = {
      started: this.#started,
      headRead: this.env.clock.now(),
      queuedMs: 0,
      connected: 0,
      firstByte: 0,
      ended: 0,
    };
    const run = new ExchangeRun(this, { head, path, timings });
    this.#run = run;
    return run;
  }

  // --- the exchange --------------------------------------------------------------------------------------------

  expireAfter(ms: number): void {
    this.env.wheel.set(this.#deadline, ms);
  }

  neverExpire(): void {
    this.#deadline.clear();
  }

  runEnded(now: number): void {
    this.#run = undefined;
    if (!this.keepAlive) return this.#linger();
    this.#enterIdle(now);
    this.in.wake();
    if (this.inputEnded) this.#endInput();
  }

  messageSent(): void {
    this.#run?.messageSent();
  }

  messageBroken(error: ProxyError): void {
    this.#run?.messageBroken(error);
  }

  drained(): void {
    guarded(this.env, this.socket, () => this.in.wake());
  }

  writeStalled(): void {
    const error = new ProxyError('write-timeout', 'Cannot send the answer: the client took no byte of it in time');
    // Answers that wait to be sent are in the log as if they had been: a line of its own tells what became of them.
    const run = this.#run ?? this.#open(unreadableHead(''), '');
    run.failFromClient(error);
  }

  // --- ends ----------------------------------------------------------------------------------------------------

  /** Our side is closed; what still comes is dropped until the client closes too. */
  #linger(): void {
    if (this.#state === 'closed') return;
    this.#state = 'linger';
    this.in.drop();
    this.socket.end();
    this.expireAfter(LINGER_MS);
    this.in.wake();
  }

  #onEnd(): void {
    this.inputEnded = true;
    this.#endInput();
  }

  /** Nothing comes behind what is here. A client that has closed only its own side still gets the answers to what is whole. */
  #endInput(): void {
    if (this.in.waiting) return;
    if (this.#run) this.#run.endInput();
    else if (this.#state === 'idle' || this.#state === 'head') this.#linger();
  }

  #onClose(): void {
    this.#state = 'closed';
    this.#deadline.clear();
    this.#run?.clientGone(new ProxyError('client-abort', 'Cannot go on: the client closed the connection'));
    this.#run = undefined;
    this.out.dispose();
    this.in.drop();
    const listeners = this.#closeListeners ?? [];
    this.#closeListeners = undefined;
    for (const listener of listeners) listener();
  }

  #expire(): void {
    if (this.#run) return this.#run.expire();
    if (this.#state === 'head')
      return this.refuseBytes(new ProxyError('head-timeout', 'Cannot read a request: its head did not arrive in time'));
    // Bytes of the answer that a slow client still takes are the write timeout's business.
    if (this.socket.writableLength > 0) return this.expireAfter(LINGER_MS);
    this.destroy();
  }
}

function ignore(): void {
  // An 'error' without a listener would end the process.
}
