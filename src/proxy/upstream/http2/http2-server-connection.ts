import { ProxyError } from '../../../core/errors.ts';
import { resetSocket } from '../../../core/reset-socket.ts';
import { Deadline } from '../../../core/timer-wheel.ts';
import type { MessageLimits } from '../../../wire/http1/limits.ts';
import { codeName, Http2Code } from '../../../wire/http2/codes.ts';
import { broken, guarded } from '../../event-guard.ts';
import type { SessionEnv } from '../../http2/frame-output.ts';
import type { SessionOwner } from '../../http2/session-owner.ts';
import { Http2Session } from '../../http2/session.ts';
import type { Http2Stream, StreamUser } from '../../http2/stream.ts';
import { plainProtocol, type PoolPlan, type ProtocolPlan } from '../../pool-plan.ts';
import type { DialedSocket } from '../dial.ts';
import { outliveWriteErrors } from '../outlive-write-errors.ts';
import { brokenOff } from '../tls-failure.ts';
import { sessionSettings } from './client-settings.ts';
import { ServerStream } from './server-stream.ts';
import type { StreamHome } from './stream-home.ts';

/** Streams that are opened before the server has said how many it takes. */
const FIRST_STREAMS = 100;
/** How long we wait for what a server has said before it reset the connection: it is all in the receive queue. */
const LAST_WORDS_MS = 200;
/** A server that has answered a PING, and said nothing since, is left in peace for so long: gRPC takes more for a flood, and closes. */
const NEXT_PING_MS = 310_000;
/** A connection that we leave has gone by then, or is cut off. */
const LEAVE_MS = 1000;

/** Where a connection with streams belongs. None of its calls throws. */
export interface SharedKeeper {
  readonly plan: PoolPlan;
  /** It carries no stream. @returns false: it is to be closed. */
  rests(connection: Http2ServerConnection): boolean;
  /** It may be that it takes a stream that it did not take before. */
  roomChanged(): void;
  gone(connection: Http2ServerConnection): void;
}

/** What the connection waits for. */
type Wait = 'settings' | 'bytes' | 'ping' | 'use' | 'last-words' | 'end';

/**
 * One connection to a server that speaks HTTP/2, for many exchanges at once.
 *
 *   open ------------------------------> leaving -------------------> closed
 *        GOAWAY, too old, worn, retired           its streams have ended
 *
 * (1) What befalls one stream leaves the others alone. What befalls the connection ends all of them.
 * (2) In leaving no new stream is opened, and it is in nobody's list.
 */
export class Http2ServerConnection implements SessionOwner, StreamHome {
  readonly openedAt: number;
  readonly scheme: 'http' | 'https';
  /** Why it was closed from this side. */
  failure: ProxyError | undefined;
  readonly #socket: DialedSocket['socket'];
  readonly #keeper: SharedKeeper;
  readonly #env: SessionEnv;
  readonly #session: Http2Session;
  readonly #protocol: ProtocolPlan;
  readonly #wait: Deadline = new Deadline(() => guarded(this.#env, this.#socket, () => this.#expire()));
  readonly #streamsDue: Deadline = new Deadline(() => guarded(this.#env, this.#socket, () => this.#expireStreams()));
  #waitsFor: Wait = 'settings';
  #greeted = false;
  #leaving = false;
  #closed = false;
  /** What its GOAWAY said. */
  #goaway: number | undefined;
  /** When something came last. */
  #heardAt: number;
  /** When the last answer to a PING came. */
  #pongAt = -1;
  /** Streams so far. */
  #streams = 0;

  constructor(dialed: DialedSocket, keeper: SharedKeeper, env: SessionEnv) {
    const { plan } = keeper;
    const { socket } = dialed;
    this.#socket = socket;
    this.#keeper = keeper;
    this.#env = env;
    this.#protocol = plan.protocol ?? plainProtocol;
    this.scheme = 'encrypted' in socket ? 'https' : 'http';
    this.openedAt = this.#heardAt = env.clock.now();
    this.#session = new Http2Session(socket, this, env, sessionSettings(plan, this.#protocol));
    dialed.onBytes = (chunk) => this.#read(chunk);
    outliveWriteErrors(socket, () => this.#writeFailed());
    socket.on('end', () => guarded(env, socket, () => this.#onEnd()));
    socket.on('close', () => guarded(env, socket, () => this.#onClose()));
    this.#await('settings', plan.timeouts.connectMs);
    this.#session.start();
  }

  // --- for its keeper ------------------------------------------------------------------------------------------

  /** Streams that may still be opened. */
  get room(): number {
    if (this.#leaving || this.#closed || this.#session.leaving || this.#session.crowded) return 0;
    return Math.min(this.#protocol.maxStreams, this.#most) - this.#session.streams.size;
  }

  /** It takes none at all, for now. */
  get shut(): boolean {
    return this.#greeted && this.#most === 0;
  }

  get #most(): number {
    return this.#greeted ? this.#session.peer.maxConcurrentStreams : FIRST_STREAMS;
  }

  get resting(): boolean {
    return this.#session.streams.size === 0;
  }

  /** Whether tunnels can go over it (RFC 8441); undefined: the server has not said yet. */
  get tunnels(): boolean | undefined {
    return this.#greeted ? this.#session.peer.enableConnectProtocol : undefined;
  }

  /** For one exchange, which begins at once. Only while there is room. */
  stream(): ServerStream {
    return new ServerStream(this);
  }

  /** Takes no more streams, and closes when those it has have ended. */
  retire(): void {
    this.#leaving = true;
    if (this.resting) this.#close();
  }

  /** Ends it now, with all its streams, which hear why. */
  fail(error: ProxyError): void {
    if (this.#closed) return;
    this.#end(error);
    resetSocket(this.#socket);
  }

  /** Closes it, whatever it does; nobody hears of it. */
  destroy(): void {
    if (this.#closed) return;
    for (const { user } of this.#session.streams.values())
      if (user instanceof ServerStream)
        user.disown(new ProxyError('server-closed', 'Cannot go on: all connections are closed'));
    this.#end(new ProxyError('server-closed', 'Cannot go on with the server: all connections are closed'));
    this.#socket.destroy();
  }

  // --- for its streams -----------------------------------------------------------------------------------------

  get limits(): MessageLimits {
    return this.#keeper.plan.limits;
  }

  get used(): boolean {
    return this.#streams > 0;
  }

  now(): number {
    return this.#env.clock.now();
  }

  open(user: StreamUser): Http2Stream {
    const { maxRequests, max } = this.#keeper.plan.idleConnections;
    const most = max === 0 ? 1 : maxRequests;
    const stream = this.#session.open(user);
    if (++this.#streams === most) this.#leaving = true;
    if (this.#waitsFor === 'use') this.#awaitBytes(this.#env.clock.now());
    return stream;
  }

  lookAt(at: number): void {
    if (at < this.#streamsDue.at) this.#env.wheel.setAt(this.#streamsDue, at);
  }

  doubt(): void {
    if (this.#waitsFor === 'bytes') this.#ping();
  }

  #expireStreams(): void {
    const now = this.#env.clock.now();
    for (const { user } of this.#session.streams.values())
      if (user instanceof ServerStream && user.dueAt <= now) user.expire();
    let next = Infinity;
    for (const { user } of this.#session.streams.values())
      if (user instanceof ServerStream && user.dueAt < next) next = user.dueAt;
    if (next !== Infinity) this.lookAt(next);
  }

  // --- what comes ----------------------------------------------------------------------------------------------

  #read(chunk: Buffer): boolean {
    const { clock } = this.#env;
    clock.refresh();
    this.#heardAt = clock.now();
    try {
      // Not `latin1Slice`, which throws where there are fewer bytes.
      if (!this.#session.greeted && chunk.toString('latin1', 0, 5) === 'HTTP/') this.#refuseHttp1();
      return this.#session.read(chunk);
    } catch (error) {
      return broken(this.#env, this.#socket, error);
    }
  }

  #refuseHttp1(): void {
    const why = 'it answers by HTTP/1: let its pool speak that';
    this.fail(new ProxyError('server-junk', `Cannot speak HTTP/2 with the server: ${why}`));
  }

  streamOpened(stream: Http2Stream): void {
    stream.reset(Http2Code.RefusedStream); // Servers open none: the frames that would are refused before.
  }

  streamGone(): void {
    if (this.#closed) return;
    if (this.resting) this.#rest();
    this.#keeper.roomChanged();
  }

  #rest(): void {
    if (this.#leaving || !this.#keeper.rests(this)) return this.#close();
    if (this.#greeted) this.#await('use', this.#keeper.plan.idleConnections.idleMs);
  }

  settingsCame(): void {
    if (!this.#greeted) {
      this.#greeted = true;
      if (this.resting) this.#rest();
      else this.#awaitBytes(this.#heardAt);
    }
    this.#keeper.roomChanged();
  }

  goawayCame(code: number): void {
    this.#goaway = code;
    if (!this.#closed) this.retire();
    this.#keeper.roomChanged();
  }

  pingCame(): void {
    this.#pongAt = this.#heardAt;
  }

  broken(): void {
    // Its streams have ended, and heard why.
    this.#leaving = true;
    this.#close();
  }

  roomAgain(): void {
    this.#socket.resume();
  }

  writeStalled(): void {
    this.fail(new ProxyError('server-write-timeout', 'Cannot send the request: the server took no byte in time'));
  }

  // --- ends ----------------------------------------------------------------------------------------------------

  /** In order: nobody is on it. */
  #close(): void {
    if (this.#closed) return;
    if (this.#goaway === undefined) this.#session.goaway(Http2Code.NoError);
    this.#session.flush();
    this.#end(undefined);
    if (this.#session.backedUp) return void this.#socket.destroy();
    this.#socket.destroySoon();
    this.#await('end', LEAVE_MS);
  }

  /** From here on nobody can choose it: the socket's 'close' may come a turn later. */
  #end(failure: ProxyError | undefined): void {
    this.#closed = this.#leaving = true;
    this.failure = failure;
    this.#wait.clear();
    this.#streamsDue.clear();
    this.#keeper.gone(this);
    const message = failure?.message ?? 'Cannot go on: the connection is closed';
    this.#session.close({ by: 'connection', code: Http2Code.NoError, processed: true, message });
  }

  /** The server has reset the connection while we were writing. What it said before is read first; nothing more is sent. */
  #writeFailed(): boolean {
    if (this.#closed || this.resting) return false;
    this.#leaving = true;
    this.#session.dispose();
    this.#await('last-words', LAST_WORDS_MS);
    return true;
  }

  #onEnd(): void {
    if (this.#closed) return void this.#socket.destroy();
    const said = this.#goaway === undefined ? '' : `, after GOAWAY with ${codeName(this.#goaway)}`;
    const why = this.#greeted
      ? `Cannot read the answer: the server closed the connection before its end${said}`
      : 'Cannot speak HTTP/2 with the server: it closed the connection before it had said anything';
    this.#end(this.#waitsFor === 'last-words' ? brokenOff(this.#socket.errored) : new ProxyError('server-closed', why));
    this.#socket.destroy();
  }

  #onClose(): void {
    if (!this.#closed) this.#end(brokenOff(this.#socket.errored));
    this.#wait.clear();
    this.#session.dispose();
  }

  // --- waits ---------------------------------------------------------------------------------------------------

  #await(what: Wait, ms: number): void {
    this.#waitsFor = what;
    this.#env.wheel.set(this.#wait, ms);
  }

  /** Streams are open: a server that is silent is asked whether it is there. */
  #awaitBytes(since: number): void {
    this.#waitsFor = 'bytes';
    if (this.#protocol.pingAfterMs === 0) this.#wait.clear();
    else this.#env.wheel.setAt(this.#wait, since + this.#patienceMs);
  }

  get #patienceMs(): number {
    const { pingAfterMs } = this.#protocol;
    return this.#heardAt === this.#pongAt ? Math.max(pingAfterMs, NEXT_PING_MS) : pingAfterMs;
  }

  #ping(): void {
    this.#session.ping();
    this.#await('ping', this.#protocol.pingTimeoutMs);
  }

  #expire(): void {
    const silentMs = this.#env.clock.now() - this.#heardAt;
    switch (this.#waitsFor) {
      case 'settings':
        return this.fail(this.#unanswered('its SETTINGS did not come', this.#keeper.plan.timeouts.connectMs));
      case 'bytes':
        return silentMs >= this.#patienceMs ? this.#ping() : this.#awaitBytes(this.#heardAt);
      case 'ping':
        if (silentMs < this.#protocol.pingTimeoutMs) return this.#awaitBytes(this.#heardAt);
        return this.fail(this.#unanswered('it did not answer a PING', this.#protocol.pingTimeoutMs));
      case 'use':
        return this.#close();
      case 'last-words':
        return this.fail(brokenOff(this.#socket.errored));
      default:
        this.#socket.destroy();
    }
  }

  #unanswered(what: string, ms: number): ProxyError {
    const code = this.#greeted ? 'server-timeout' : 'server-junk';
    return new ProxyError(code, `Cannot speak HTTP/2 with the server: ${what} in ${ms} ms`);
  }
}
