import { randomBytes } from 'node:crypto';
import { ProxyError, type ErrorCode } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import type { SharedRow } from '../../core/shared/shared-rows.ts';
import { Deadline } from '../../core/timer-wheel.ts';
import { closeFrame, GOING_AWAY } from '../../wire/websocket/close-frame.ts';
import { FrameFollower } from '../../wire/websocket/frame-follower.ts';
import type { Exchange, ExchangeTunnel, ProxyResponse, Reply } from '../exchange.ts';
import { TunnelField } from '../tunnel-rows.ts';
import { TunnelDirection, type DirectionOwner } from './tunnel-direction.ts';

/** Where tunnels are kept, as each of them sees it. */
export interface TunnelOwner {
  readonly clock: { now(): number };
  readonly wheel: { setAt(deadline: Deadline, at: number): void };
  /** Runs what a deadline sets off: nothing of it gets out. */
  readonly guard: (action: () => void) => void;
  opened(tunnel: Tunnel): void;
  closed(tunnel: Tunnel): void;
}

/** An upgrade that is asked for. */
export interface TunnelWork {
  readonly exchange: Exchange;
  readonly reply: Reply;
  /** Where a place of it was taken; undefined: the route has no bound. */
  readonly place: SharedRow | undefined;
}

/** How long both sides have to answer the frame that closes. */
const CLOSE_WAIT_MS = 1500;

/**
 * An upgrade, and what becomes of it: it sits between the exchange and its server, and is the bodies of both.
 *
 *   asked --- 101 ---> open --- leave() ---> closing --- both sides are silent, or 1.5 s ---> over
 *     '--- any other answer, or none ---------------------------------------------------------'
 *
 * (1) Its place is given back once, when the exchange is over or the answer is no 101.
 * (2) Sides that end by themselves are none of its business: it only passes that on.
 */
export class Tunnel implements Reply, ExchangeTunnel, DirectionOwner {
  readonly exchange: Exchange;
  /** What the client sends, as the server's connection gets it. */
  readonly toServer: TunnelDirection;
  readonly #owner: TunnelOwner;
  readonly #reply: Reply;
  readonly #webSocket: boolean;
  readonly #deadline: Deadline = new Deadline(() => this.#owner.guard(() => this.#expire()));
  #place: SharedRow | undefined;
  #toClient: TunnelDirection | undefined;
  #state: 'asked' | 'open' | 'closing' | 'over' = 'asked';
  /** Why it is closing. */
  #error: ProxyError | undefined;
  /** At the last look whether anything came. */
  #bytes = 0;
  #lookAt = Infinity;
  #lifeEnds = Infinity;
  #leaveAt = Infinity;

  constructor({ exchange, reply, place }: TunnelWork, owner: TunnelOwner) {
    this.exchange = exchange;
    this.#owner = owner;
    this.#reply = reply;
    this.#place = place;
    this.#webSocket = exchange.upgrade === 'websocket';
    this.toServer = new TunnelDirection(exchange.body!, this, this.#follower());
  }

  /** It can be told that it is over. */
  get polite(): boolean {
    return this.#webSocket;
  }

  // --- the answer ----------------------------------------------------------------------------------------------

  inform(status: number, headers: Headers): void {
    this.#reply.inform(status, headers);
  }

  respond(response: ProxyResponse): void {
    const opens = response.status === 101 && response.body !== undefined && this.#state === 'asked';
    this.#reply.respond(opens ? this.#open(response) : this.#none(response));
  }

  fail(error: ProxyError): void {
    this.over();
    this.#reply.fail(error);
  }

  #none(response: ProxyResponse): ProxyResponse {
    this.over();
    return response;
  }

  #open(response: ProxyResponse): ProxyResponse {
    this.#state = 'open';
    this.#toClient = new TunnelDirection(response.body!, this, this.#follower());
    const now = this.#owner.clock.now();
    const life = this.exchange.route?.tunnel?.maxLifeMs ?? 0;
    if (life > 0) this.#lifeEnds = now + life;
    this.#lookAt = now + this.#idleMs;
    this.#owner.opened(this);
    this.#setDeadline();
    return { ...response, body: this.#toClient };
  }

  /** The exchange is over, or will never be a tunnel. */
  over(): void {
    if (this.#state === 'over') return;
    const opened = this.#state !== 'asked';
    this.#state = 'over';
    this.#deadline.clear();
    this.#place?.give(TunnelField.open);
    this.#place = undefined;
    if (opened) this.#owner.closed(this);
  }

  // --- the end -------------------------------------------------------------------------------------------------

  /** It is to be closed at this time of the clock, at the latest, because one of its ends leaves. Only if it is `polite`. */
  leaveAt(at: number): void {
    if (this.#state !== 'open' || at >= this.#leaveAt) return;
    this.#leaveAt = at;
    this.#setDeadline();
  }

  silent(): void {
    if (this.#state !== 'closing' || !this.toServer.silent || !this.#toClient!.silent) return;
    // Not from within what a side has just said.
    this.#owner.wheel.setAt(this.#deadline, this.#owner.clock.now());
  }

  #close(code: ErrorCode, why: string): void {
    this.#error = new ProxyError(code, `Cannot keep the tunnel: ${why}`);
    this.exchange.reason ??= code;
    this.#state = 'closing';
    if (!this.#webSocket) return this.#finish();
    this.#owner.wheel.setAt(this.#deadline, this.#owner.clock.now() + CLOSE_WAIT_MS);
    this.toServer.sayLast(closeFrame(GOING_AWAY, randomBytes(4)));
    this.#toClient!.sayLast(closeFrame(GOING_AWAY));
  }

  /** The server first: the client's end is the exchange's. */
  #finish(): void {
    this.toServer.finish(this.#error!);
    this.#toClient!.finish(this.#error!);
  }

  // --- deadlines -----------------------------------------------------------------------------------------------

  /** Of the route, or as the listener says now. */
  get #idleMs(): number {
    return this.exchange.route?.tunnel?.idleMs ?? this.exchange.client.plan.timeouts.tunnelIdleMs;
  }

  #setDeadline(): void {
    this.#owner.wheel.setAt(this.#deadline, Math.min(this.#lookAt, this.#lifeEnds, this.#leaveAt));
  }

  #expire(): void {
    if (this.#state === 'closing') return this.#finish();
    if (this.#state !== 'open') return;
    const now = this.#owner.clock.now();
    if (this.#lifeEnds <= now) return this.#close('tunnel-expired', 'it has been open for as long as it may');
    if (this.#leaveAt <= now) return this.#close('tunnel-drained', 'this proxy or its server takes no more work');
    if (this.#lookAt <= now && !this.#alive(now))
      return this.#close('tunnel-timeout', 'both sides were silent for too long');
    this.#setDeadline();
  }

  /** Anything came since the last look. */
  #alive(now: number): boolean {
    const bytes = this.toServer.bytes + this.#toClient!.bytes;
    const alive = bytes !== this.#bytes;
    this.#bytes = bytes;
    this.#lookAt = now + this.#idleMs;
    return alive;
  }

  #follower(): FrameFollower | undefined {
    return this.#webSocket ? new FrameFollower() : undefined;
  }
}
