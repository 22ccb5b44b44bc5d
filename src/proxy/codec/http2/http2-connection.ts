import { ProxyError, toProxyError } from '../../../core/errors.ts';
import { resetSocket } from '../../../core/reset-socket.ts';
import { Http2Code, type Http2CodeValue } from '../../../wire/http2/codes.ts';
import type { HeaderField } from '../../../wire/http2/header-field.ts';
import type { Http2Error } from '../../../wire/http2/http2-error.ts';
import type { ClientSocket } from '../../client-socket.ts';
import { authenticatesConnection } from '../../connection-credentials.ts';
import { Http2Session } from '../../http2/session.ts';
import type { SessionOwner } from '../../http2/session-owner.ts';
import type { Http2Stream, StreamEnd } from '../../http2/stream.ts';
import { broken } from '../../event-guard.ts';
import { plainHttp2, type Http2ListenerPlan } from '../../plan.ts';
import type { ClientEnv, ClientFacts } from '../client-env.ts';
import { ClientLink, LINGER_MS } from '../client-link.ts';
import { ConnectionWaits } from './connection-waits.ts';
import { logWithoutStream, timingsOf } from './line-without-stream.ts';
import { settingsFor } from './server-settings.ts';
import { StreamRun, type StreamRunOwner } from './stream-run.ts';
import { readRequest, unreadableRequest, type StreamRequest } from './stream-request.ts';

/** More than a client that is merely told something now and then is sent between two looks. */
const MUCH_BYTES = 65_536;

/**
 * One client connection that speaks HTTP/2: each of its streams is a run.
 *
 *   open -- GOAWAY said, last stream gone --> linger -- peer closed, or 5 s --> closed
 *    '----- a rule broken, time over ---------^             any state -- socket closed -----'
 *
 * (1) An exchange is in the log exactly once, whatever ends its stream; what the client does wrong where there is no stream has a
 *     line of its own.
 * (2) The deadline of the connection is for what `ConnectionWaits` says; a request body has one of its own.
 */
export class Http2Connection extends ClientLink implements SessionOwner, StreamRunOwner {
  readonly #session: Http2Session;
  readonly #runs: Set<StreamRun> = new Set();
  readonly #waits: ConnectionWaits;
  /** Bytes that had been written when the connection was last looked at. */
  #written = 0;
  tunnels = 0;
  #state: 'open' | 'linger' | 'closed' = 'open';
  /** We have said that we go, and await the answer to a PING before we say which stream is the last. */
  #warned = false;
  /** Why all streams end. */
  #reason: ProxyError | undefined;
  /** Streams heard of it. */
  #told = false;

  constructor(client: ClientSocket, facts: ClientFacts, env: ClientEnv) {
    super(client, facts, env);
    this.#session = new Http2Session(client.socket, this, env, settingsFor(this.plan));
    this.#waits = new ConnectionWaits(env.clock.now());
    client.onBytes = (chunk) => this.read(chunk);
  }

  start(): void {
    this.#session.start();
    if (this.tls?.version === 'TLSv1' || this.tls?.version === 'TLSv1.1') return this.#refuseTls();
    this.#rearm();
    this.socket.resume();
  }

  /** Takes what came, which is lent. @returns false: no more is to be read until the client takes something. */
  read(chunk: Buffer): boolean {
    const { clock } = this.env;
    clock.refresh();
    this.#waits.bytesCame(clock.now());
    try {
      const goOn = this.#session.read(chunk);
      this.#rearm();
      return goOn || this.#state !== 'open';
    } catch (error) {
      return broken(this.env, this.socket, error);
    }
  }

  get exchanges(): number {
    return this.#runs.size;
  }

  get full(): boolean {
    return this.#session.full;
  }

  drain(): void {
    if (this.#state !== 'open' || this.#warned) return;
    if (this.#runs.size === 0) this.#leave();
    else this.#leaveSoon();
  }

  get #http2(): Http2ListenerPlan {
    return this.plan.http2 ?? plainHttp2;
  }

  // --- streams -------------------------------------------------------------------------------------------------

  streamOpened(stream: Http2Stream, fields: readonly HeaderField[], endStream: boolean, whole: boolean): void {
    const now = this.env.clock.now();
    const timings = timingsOf(this.#waits.headBegan(now), now);
    this.#session.stallMs = this.plan.timeouts.writeMs; // A reload may have changed it.
    // It is told before it is asked for more: this one is still taken.
    if (this.env.draining || this.plan.http2 === undefined) this.#leaveSoon();
    const request = this.#read(fields, endStream, whole);
    if (request instanceof ProxyError) {
      const run = StreamRun.ofUnreadable(this, stream, unreadableRequest(fields), timings);
      this.#add(run);
      return run.failFromClient(request);
    }
    const run = StreamRun.of(this, stream, request, timings);
    this.#add(run);
    // Of a proxy that mixes users they are refused where they would be sent on.
    if (!this.trusted && authenticatesConnection(request.head.headers))
      run.refuse(needsHttp1(), Http2Code.Http11Required);
    else run.start();
  }

  #read(fields: readonly HeaderField[], endStream: boolean, whole: boolean): StreamRequest | ProxyError {
    const { limits, paths } = this.plan;
    const secured = this.tls !== undefined || this.trusted;
    try {
      return readRequest(fields, { endStream, whole }, { limits, paths, secured, extendedConnect: true });
    } catch (error) {
      if (!(error instanceof ProxyError)) this.env.bug(error);
      return toProxyError(error);
    }
  }

  #add(run: StreamRun): void {
    if (this.#runs.size === 0) this.#waits.workBegan(this.env.clock.now());
    this.#runs.add(run);
  }

  /** Streams that are on their way are still taken, until the answer to a PING shows that no more are. */
  #leaveSoon(): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#session.goaway(Http2Code.NoError, true);
    this.#ping();
  }

  tunnelOpened(): void {
    this.tunnels++;
  }

  runEnded(run: StreamRun, now: number): void {
    this.#runs.delete(run);
    if (run.tunnel) this.tunnels--;
    this.#waits.moved = true;
    if (this.#runs.size > 0) return;
    this.#waits.workEnded(now);
    if (this.#state !== 'open') return;
    if (this.#session.leaving || this.#warned || this.inputEnded) this.#leave();
    else this.#rearm();
  }

  reasonOf(end: StreamEnd): ProxyError {
    if (this.#reason !== undefined) return this.#reason;
    if (end.by === 'connection') this.#told = true;
    if (end.by === 'reset') return new ProxyError('client-abort', end.message);
    return brokenBy(end.code, end.message);
  }

  // --- the session ---------------------------------------------------------------------------------------------

  streamGone(): void {
    // Its run knows.
  }

  settingsCame(): void {
    // The session follows them.
  }

  goawayCame(): void {
    if (this.#runs.size === 0) this.#leave();
  }

  pingCame(): void {
    this.#waits.pingCame();
    // Streams that were on their way when we warned have come: those from now on are not taken.
    if (this.#warned && !this.#session.leaving) this.#session.goaway(Http2Code.NoError);
  }

  /** GOAWAY is on its way. */
  broken(error: Http2Error): void {
    if (!this.#told) this.#note(brokenBy(error.code, error.message));
    this.#linger();
  }

  roomAgain(): void {
    if (this.#state === 'open') this.socket.resume();
  }

  writeStalled(): void {
    this.#cut(new ProxyError('write-timeout', 'Cannot send the answers: the client took no byte of them in time'));
  }

  // --- ends ----------------------------------------------------------------------------------------------------

  /** Says so, and closes; streams that are open end. */
  #leave(code: Http2CodeValue = Http2Code.NoError): void {
    if (this.#state !== 'open') return;
    this.#session.goaway(code);
    this.#session.flush();
    this.#session.close(closedBy('Cannot go on: the connection is over'));
    this.#linger();
  }

  /** RFC 9113 section 9.2: HTTP/2 asks for TLS 1.2 at least. */
  #refuseTls(): void {
    this.#note(new ProxyError('protocol-error', `Cannot speak HTTP/2 over ${this.tls!.version}: it needs TLS 1.2`));
    this.#leave(Http2Code.InadequateSecurity);
  }

  /** Our side is closed; what still comes is dropped until the client closes too. */
  #linger(): void {
    if (this.#state !== 'open') return;
    this.#state = 'linger';
    this.socket.end();
    this.expireAfter(LINGER_MS);
    this.socket.resume();
  }

  /** Ends everything at once. */
  #cut(error: ProxyError): void {
    if (this.#state === 'closed') return;
    const working = this.#runs.size > 0;
    this.#state = 'closed';
    this.#reason = error;
    this.#session.close(closedBy(error.message));
    if (!working) this.#note(error);
    resetSocket(this.socket);
  }

  /** A line in the log for what has no stream. */
  #note(error: ProxyError): void {
    logWithoutStream(this, error, this.#waits.headBegan(this.env.clock.now()));
  }

  protected ended(): void {
    if (this.#state !== 'open') return;
    for (const stream of this.#session.streams.values()) {
      if (stream.remoteEnded) continue; // A client that has closed only its own side still gets what it asked for.
      const { user } = stream;
      stream.reset(Http2Code.Cancel);
      user?.ended({
        by: 'reset',
        code: Http2Code.Cancel,
        processed: true,
        message: 'Cannot read the request body: the client closed before its end',
      });
    }
    if (this.#runs.size === 0) this.#leave();
  }

  protected closed(): void {
    this.#state = 'closed';
    this.#reason ??= new ProxyError('client-abort', 'Cannot go on: the client closed the connection');
    this.#session.close(closedBy(this.#reason.message));
    this.#session.dispose();
  }

  // --- deadlines -----------------------------------------------------------------------------------------------

  #rearm(): void {
    if (this.#state !== 'open') return;
    const { timeouts } = this.plan;
    this.#waits.readTo(this.#session, this.env.clock.now());
    const at = this.#waits.due(this.#runs.size, timeouts, this.#http2);
    if (at === Infinity) this.neverExpire();
    else this.env.wheel.setAt(this.deadline, at);
  }

  protected expire(): void {
    if (this.#state !== 'open') {
      // Bytes of an answer that a slow client still takes are the write timeout's business.
      if (this.socket.writableLength > 0) return this.expireAfter(LINGER_MS);
      return this.destroy();
    }
    const now = this.env.clock.now();
    if (this.#session.backedUp || this.#sentMuch()) this.#waits.excuse(now);
    switch (this.#waits.over(now, this.#runs.size, this.plan.timeouts, this.#http2)) {
      case 'head':
        return this.#dawdles();
      case 'idle':
        return this.#leave();
      case 'silence':
        this.#ping();
        break;
      case 'pong':
        return this.#cut(new ProxyError('client-abort', 'Cannot go on: the client did not answer a PING in time'));
      case 'look':
        this.#look(now);
        break;
      default:
    }
    this.#rearm();
  }

  /** Since somebody last asked: it may still be on its way, and a PING would come behind it. */
  #sentMuch(): boolean {
    const { bytesWritten } = this.socket;
    const much = bytesWritten - this.#written > MUCH_BYTES;
    this.#written = bytesWritten;
    return much;
  }

  #ping(): void {
    this.#session.ping();
    this.#waits.pinged(this.env.clock.now());
    this.#rearm();
  }

  #dawdles(): void {
    const begun = this.#waits.begun;
    const code = this.#session.greeted ? Http2Code.EnhanceYourCalm : Http2Code.SettingsTimeout;
    this.#reason = new ProxyError('head-timeout', 'Cannot read a request: its head did not arrive in time');
    if (begun && this.#runs.size === 0) this.#note(this.#reason);
    this.#leave(code);
  }

  /** Streams for which the client gave no room since the last look are given up. */
  #look(now: number): void {
    const stalled = !this.#session.backedUp && !this.#waits.moved;
    this.#waits.looked(now);
    let moving = false;
    const still = [...this.#runs].filter((run) => {
      const progressed = run.progressed();
      moving ||= progressed;
      return !progressed;
    });
    if (this.#session.backedUp) return; // Its writer watches over that.
    const error = new ProxyError('write-timeout', 'Cannot send the answer: the client gave no room for it in time');
    for (const run of still) if (run.starved || (stalled && !moving && run.waits)) run.fail(error);
  }
}

/** What the client did, by the code that it was or would be told. */
function brokenBy(code: number, message: string): ProxyError {
  if (code === Http2Code.InternalError) return new ProxyError('internal-error', message);
  return new ProxyError(code === Http2Code.EnhanceYourCalm ? 'client-flood' : 'protocol-error', message);
}

function needsHttp1(): ProxyError {
  const why = 'NTLM and Negotiate authenticate a connection, which many requests share here';
  return new ProxyError('http1-required', `Cannot pass on the credentials over HTTP/2: ${why}`);
}

function closedBy(message: string): StreamEnd {
  return { by: 'connection', code: Http2Code.NoError, processed: true, message };
}
