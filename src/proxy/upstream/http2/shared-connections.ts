import { ProxyError } from '../../../core/errors.ts';
import type { SessionEnv } from '../../http2/frame-output.ts';
import { plainProtocol, type PoolPlan, type ProtocolPlan } from '../../pool-plan.ts';
import type { Carrier, CarrierWish } from '../connection-user.ts';
import type { DialedSocket, Protocol } from '../dial.ts';
import { Http2ServerConnection, type SharedKeeper } from './http2-server-connection.ts';
import { StreamWaiter } from './stream-waiter.ts';

type Done = (result: Carrier | ProxyError) => void;

/** The server, as its connections with streams see it. */
export interface SharedOwner {
  readonly plan: PoolPlan;
  /** @returns how to give up. */
  dial(
    connectMs: number | undefined,
    offers: readonly Protocol[],
    done: (result: DialedSocket | ProxyError) => void,
  ): () => void;
  /** It speaks HTTP/1: from now on this is one of those connections. */
  adoptHttp1(dialed: DialedSocket): Carrier;
  /** A connection of its own by HTTP/1 alone. @returns how to give up. */
  connectHttp1(wish: CarrierWish, done: Done): () => void;
  /** Another one is open. */
  opened(connection: Http2ServerConnection): void;
  gone(connection: Http2ServerConnection): void;
  /** One more connection without work may be kept. */
  mayKeep(resting: number): boolean;
}

/**
 * The few connections to one server that carry many exchanges at once.
 *
 * (1) Streams go to the first connection that has room, so that the ones that are not needed come to rest, and close.
 * (2) Who finds no room waits while a connection is being opened, one at a time; another one follows only if there are still some
 *     who wait. No exchange dials for itself, unless the server is known to choose HTTP/1.
 */
export class SharedConnections implements SharedKeeper {
  readonly #owner: SharedOwner;
  readonly #env: SessionEnv;
  readonly #protocol: ProtocolPlan;
  readonly #offers: readonly Protocol[];
  readonly #open: Http2ServerConnection[] = [];
  /** For streams, and for those that can become tunnels; in their order. */
  readonly #waiting: StreamWaiter[] = [];
  readonly #tunnels: StreamWaiter[] = [];
  /** Gives up the connection that is being opened. */
  #giveUp: (() => void) | undefined;
  /** What the server chose last. */
  #chosen: Protocol | undefined;
  #serving = false;

  constructor(owner: SharedOwner, env: SessionEnv) {
    this.#owner = owner;
    this.#env = env;
    this.#protocol = owner.plan.protocol ?? plainProtocol;
    this.#offers = this.#protocol.version === 'http2' ? ['h2'] : ['h2', 'http/1.1'];
  }

  get plan(): PoolPlan {
    return this.#owner.plan;
  }

  /** Connections that carry nothing now. */
  get resting(): number {
    return this.#open.reduce((count, { resting }) => count + (resting ? 1 : 0), 0);
  }

  /** A stream is free, or will be when the connection that is being opened is there. */
  get roomy(): boolean {
    const expected = this.#giveUp !== undefined && this.#waiting.length < this.#protocol.maxStreams;
    return expected || this.#open.some(({ room }) => room > 0);
  }

  /** A stream that is free now. @param tunnel only where the server is known to let one through. */
  take(now: number, tunnel: boolean): Carrier | undefined {
    for (const connection of this.#open) {
      if (connection.room <= 0 || (tunnel && connection.tunnels !== true)) continue;
      if (now - connection.openedAt < this.plan.idleConnections.maxAgeMs) return connection.stream();
      connection.retire();
      return this.take(now, tunnel); // The list has changed.
    }
    return undefined;
  }

  /** Waits for a carrier. @returns how to give up; `done` is then not called. Nor is it called before this has returned. */
  wait(wish: CarrierWish, done: Done): () => void {
    const waiter = new StreamWaiter(wish, done, this.#env.wheel, (late) => this.#tooLate(late));
    if (this.#chosen === 'http/1.1') this.#dialFor(waiter);
    else {
      waiter.limit(wish.connectMs ?? this.plan.timeouts.connectMs);
      this.#queueOf(waiter).push(waiter);
      // Of what is there no stream has been free, but it may be known already that there are no tunnels.
      if (wish.upgrade) this.#serve();
      else this.#openMore();
    }
    return () => this.#leave(waiter);
  }

  /** Closes those that rest. */
  closeIdle(): void {
    for (const connection of this.#open.filter(({ resting }) => resting)) connection.retire();
  }

  /** Closes one that rests. @returns false: none does. */
  closeOneIdle(): boolean {
    const connection = this.#open.find(({ resting }) => resting);
    connection?.retire();
    return connection !== undefined;
  }

  /** No new streams: they close when those they have have ended. */
  retire(): void {
    for (const connection of this.#open.toReversed()) connection.retire();
  }

  // --- what connections say ------------------------------------------------------------------------------------

  rests(connection: Http2ServerConnection): boolean {
    const others = this.resting - (this.#open.includes(connection) ? 1 : 0);
    return this.#owner.mayKeep(others);
  }

  roomChanged(): void {
    this.#serve();
  }

  gone(connection: Http2ServerConnection): void {
    const at = this.#open.indexOf(connection);
    if (at >= 0) this.#open.splice(at, 1);
    this.#owner.gone(connection);
    this.#serve();
  }

  // --- who waits -----------------------------------------------------------------------------------------------

  /** Gives to those who wait what there is, and opens a connection where there is not enough. */
  #serve(): void {
    if (this.#serving) return; // Whoever does will see what has changed.
    this.#serving = true;
    try {
      while (this.#serveFirst());
      while (this.#serveTunnel());
    } finally {
      this.#serving = false;
    }
    this.#openMore();
  }

  #serveFirst(): boolean {
    const stream = this.#waiting.length === 0 ? undefined : this.take(this.#env.clock.now(), false);
    if (stream === undefined) return false;
    this.#waiting.shift()?.tell(stream);
    return true;
  }

  /** Tunnels are for servers that say that they take them (RFC 8441 section 3). */
  #serveTunnel(): boolean {
    const stream = this.#tunnels.length === 0 ? undefined : this.take(this.#env.clock.now(), true);
    if (stream === undefined && !this.#open.some(({ tunnels }) => tunnels === false)) return false;
    const waiter = this.#tunnels.shift();
    if (stream !== undefined) waiter?.tell(stream);
    else if (waiter !== undefined) this.#withoutTunnels(waiter);
    return waiter !== undefined;
  }

  #withoutTunnels(waiter: StreamWaiter): void {
    if (this.#offers.includes('http/1.1')) {
      waiter.leave();
      waiter.giveUp = this.#owner.connectHttp1(waiter.wish, (result) => waiter.tell(result));
      return;
    }
    const why = 'the server takes no WebSockets over HTTP/2, and its pool speaks nothing else';
    const told = setImmediate(() =>
      waiter.tell(new ProxyError('server-upgrade-failed', `Cannot switch protocols: ${why}`)),
    );
    waiter.giveUp = () => clearImmediate(told);
  }

  /** One more connection, where somebody waits and nothing else is to be expected. */
  #openMore(): void {
    const first = this.#waiting[0] ?? this.#tunnels[0];
    if (first === undefined || this.#giveUp !== undefined || !this.#needsMore()) return;
    this.#giveUp = this.#owner.dial(first.wish.connectMs, this.#offers, (result) => {
      this.#giveUp = undefined;
      this.#dialed(result);
    });
  }

  #needsMore(): boolean {
    // A server that takes no streams now would take none on another connection either.
    if (this.#open.some(({ shut }) => shut)) return false;
    // Who waits for a tunnel waits for the settings of a connection that is there.
    return this.#waiting.length > 0 || !this.#open.some(({ room }) => room > 0);
  }

  #dialed(result: DialedSocket | ProxyError): void {
    if (result instanceof ProxyError) for (const waiter of this.#takeAll()) waiter.tell(result);
    else if (speaksHttp2(result, this.#offers)) this.#adopt(result);
    else this.#chooseHttp1(result);
  }

  #takeAll(): StreamWaiter[] {
    return [...this.#waiting.splice(0), ...this.#tunnels.splice(0)];
  }

  #adopt(dialed: DialedSocket): void {
    const connection = new Http2ServerConnection(dialed, this, this.#env);
    this.#chosen = 'h2';
    this.#open.push(connection);
    this.#owner.opened(connection);
    this.#serve();
    // Who it was opened for has got another one, or gone.
    if (connection.resting && !this.#owner.mayKeep(this.resting - 1)) connection.retire();
  }

  /** The first who waits gets the connection, all others one each. */
  #chooseHttp1(dialed: DialedSocket): void {
    const [first, ...others] = this.#takeAll();
    const carrier = this.#owner.adoptHttp1(dialed);
    this.#chosen = 'http/1.1';
    if (first === undefined)
      carrier.abandon(new ProxyError('client-abort', 'Cannot use the connection: nobody waits for it'));
    else first.tell(carrier);
    for (const waiter of others) {
      waiter.leave();
      this.#dialFor(waiter);
    }
  }

  /** For one exchange alone, with a server that has chosen HTTP/1 before. */
  #dialFor(waiter: StreamWaiter): void {
    waiter.giveUp = this.#owner.dial(waiter.wish.connectMs, this.#offers, (result) => {
      waiter.giveUp = undefined;
      if (result instanceof ProxyError) return waiter.tell(result);
      if (!speaksHttp2(result, this.#offers)) return waiter.tell(this.#owner.adoptHttp1(result));
      this.#queueOf(waiter).push(waiter);
      this.#adopt(result);
    });
  }

  #tooLate(waiter: StreamWaiter): void {
    this.#drop(waiter);
    const opening = this.#giveUp !== undefined;
    this.#giveUpUnwanted();
    const why = opening ? 'no connection' : 'no stream';
    const code = opening ? 'server-connect-timeout' : 'server-refused-stream';
    const ms = waiter.wish.connectMs ?? this.plan.timeouts.connectMs;
    try {
      waiter.tell(new ProxyError(code, `Cannot connect to the server: ${why} was free in ${ms} ms`));
    } catch (error) {
      this.#env.bug(error);
    }
  }

  #leave(waiter: StreamWaiter): void {
    waiter.leave();
    waiter.giveUp?.();
    this.#drop(waiter);
    this.#giveUpUnwanted();
  }

  #giveUpUnwanted(): void {
    if (this.#waiting.length + this.#tunnels.length > 0) return;
    this.#giveUp?.();
    this.#giveUp = undefined;
  }

  #queueOf({ wish }: StreamWaiter): StreamWaiter[] {
    return wish.upgrade ? this.#tunnels : this.#waiting;
  }

  #drop(waiter: StreamWaiter): void {
    const queue = this.#queueOf(waiter);
    const at = queue.indexOf(waiter);
    if (at >= 0) queue.splice(at, 1);
  }
}

/** By ALPN; without TLS it is known beforehand. */
function speaksHttp2({ socket }: DialedSocket, offers: readonly Protocol[]): boolean {
  if ('alpnProtocol' in socket) return socket.alpnProtocol === 'h2';
  return !offers.includes('http/1.1');
}
