import { ProxyError, toProxyError } from '../../../core/errors.ts';
import { HeadReader } from '../../../wire/http1/head-reader.ts';
import { parseRequestHead, type RequestHead } from '../../../wire/http1/request-head.ts';
import { clientPreface } from '../../../wire/http2/preface.ts';
import { normalisePath } from '../../../wire/path.ts';
import type { ClientSocket } from '../../client-socket.ts';
import { guarded } from '../../event-guard.ts';
import { Intake, type IntakeOwner } from '../../intake.ts';
import { MessageWriter, type WriterOwner } from '../../message-writer.ts';
import type { ClientEnv, ClientFacts } from '../client-env.ts';
import { ClientLink, LINGER_MS } from '../client-link.ts';
import { ExchangeRun, type RunOwner } from './exchange-run.ts';
import { unreadableHead } from './unreadable-head.ts';

/** What is left of the preface of HTTP/2 (RFC 9113 section 3.4) where it is read as a head. */
const PREFACE_HEAD = 'PRI * HTTP/2.0';
const PREFACE_HEAD_BYTES = clientPreface.subarray(0, PREFACE_HEAD.length + 4);

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
export class Http1Connection extends ClientLink implements RunOwner, WriterOwner, IntakeOwner {
  readonly in: Intake;
  readonly out: MessageWriter;
  keepAlive = true;
  readonly #reader: HeadReader;
  #state: 'idle' | 'head' | 'busy' | 'linger' | 'closed' | 'left' = 'idle';
  /** When the head began that is being read. */
  #started = 0;
  #run: ExchangeRun | undefined;
  /** No request has begun. */
  #fresh = true;

  constructor(client: ClientSocket, facts: ClientFacts, env: ClientEnv) {
    super(client, facts, env);
    this.in = new Intake(client.socket, this, env.clock);
    this.out = new MessageWriter(client.socket, this, env, this.plan.timeouts.writeMs);
    this.#reader = new HeadReader(this.plan.limits);
    client.onBytes = (chunk) => this.in.onBytes(chunk);
    this.expireAfter(this.plan.timeouts.headMs);
  }

  start(): void {
    this.socket.resume();
  }

  drain(): void {
    this.keepAlive = false;
    if (this.#state === 'idle') this.#linger();
  }

  get exchanges(): number {
    return this.#run === undefined ? 0 : 1;
  }

  get tunnels(): number {
    return this.#run?.tunnel === true ? 1 : 0;
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
    if (this.#fresh && text === PREFACE_HEAD && this.tls === undefined && this.plan.http2 !== undefined)
      return this.#leaveToHttp2(chunk, this.#reader.end);
    this.#begin(text);
    return this.#reader.end;
  }

  /** A client that knows beforehand that we speak HTTP/2 (RFC 9113 section 3.3). */
  #leaveToHttp2(chunk: Buffer, at: number): number {
    const { id, trusted } = this;
    this.#state = 'left'; // What is read goes on being wanted, though by another.
    this.env.beginHttp2(this.client, { id, trusted }, [PREFACE_HEAD_BYTES, chunk.subarray(at)]);
    this.leaveSocket();
    this.out.dispose();
    return chunk.length;
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
    this.env.wheel.setAt(this.deadline, now + this.plan.timeouts.keepAliveMs);
  }

  #enterHead(): void {
    const now = this.env.clock.now();
    this.#state = 'head';
    this.#started = now;
    this.env.wheel.setAt(this.deadline, now + this.plan.timeouts.headMs);
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
    this.#fresh = false;
    this.deadline.clear();
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

  protected ended(): void {
    this.#endInput();
  }

  /** Nothing comes behind what is here. A client that has closed only its own side still gets the answers to what is whole. */
  #endInput(): void {
    if (this.in.waiting) return;
    if (this.#run) this.#run.endInput();
    else if (this.#state === 'idle' || this.#state === 'head') this.#linger();
  }

  protected closed(): void {
    this.#state = 'closed';
    this.#run?.clientGone(new ProxyError('client-abort', 'Cannot go on: the client closed the connection'));
    this.#run = undefined;
    this.out.dispose();
    this.in.drop();
  }

  protected expire(): void {
    if (this.#run) return this.#run.expire();
    if (this.#state === 'head')
      return this.refuseBytes(new ProxyError('head-timeout', 'Cannot read a request: its head did not arrive in time'));
    // Bytes of the answer that a slow client still takes are the write timeout's business.
    if (this.socket.writableLength > 0) return this.expireAfter(LINGER_MS);
    this.destroy();
  }
}
