import type { SharedRow } from '../../core/shared/shared-rows.ts';
import { ProxyError } from '../../core/errors.ts';
import { PeakEwma } from '../../core/peak-ewma.ts';
import type { Exchange } from '../exchange.ts';
import { plainProtocol, type PoolPlan, type ServerPlan } from '../pool-plan.ts';
import type { Candidate } from '../picker.ts';
import { ServerField } from '../server-state.ts';
import type { DialedSocket, Protocol } from './dial.ts';
import { outcomeOfError, outcomeOfStatus } from './passive/outcome.ts';
import { Outcomes } from './passive/outcomes.ts';
import type { Carrier, CarrierWish, ConnectionKeeper } from './connection-user.ts';
import type { Http2ServerConnection } from './http2/http2-server-connection.ts';
import { SharedConnections, type SharedOwner } from './http2/shared-connections.ts';
import { ServerConnection } from './server-connection.ts';
import { ServerDialer } from './server-dialer.ts';
import type { ServerEnv, ServerParts } from './server-env.ts';
import type { IdleHolder } from './server-sockets.ts';
import type { Rated } from './usable-servers.ts';

/** What a failure counts as, where the time to the first byte matters. */
const FAILURE_MS = 1000;

const http1Only: readonly Protocol[] = ['http/1.1'];

/**
 * One real server of a pool: where it is, and its connections.
 *
 * Idle connections are used last in, first out, so that the ones that are not needed grow old and are closed.
 */
export class Server implements ConnectionKeeper<ServerConnection>, SharedOwner, IdleHolder, Rated, Candidate {
  plan: PoolPlan;
  server: ServerPlan;
  readonly row: SharedRow;
  weight: number;
  readonly latency: PeakEwma = new PeakEwma();
  readonly #outcomes: Outcomes;
  readonly #env: ServerEnv;
  readonly #idle: ServerConnection[] = [];
  readonly #all: Set<ServerConnection | Http2ServerConnection> = new Set();
  readonly #dialer: ServerDialer;
  /** Undefined: it is spoken to by HTTP/1 alone. */
  readonly #shared: SharedConnections | undefined;
  exchangesTotal = 0;
  failuresTotal = 0;
  #closed = false;

  constructor({ plan, server, row }: ServerParts, env: ServerEnv) {
    this.plan = plan;
    this.server = server;
    this.row = row;
    this.weight = server.weight;
    this.#env = env;
    this.#outcomes = new Outcomes(row, env.tell);
    this.#dialer = new ServerDialer({ plan, server, row }, env);
    this.#shared = mayShare(plan, server) ? new SharedConnections(this, env) : undefined;
    this.follow(plan, server);
  }

  /** Goes on with another config, whose connections are the same. */
  follow(plan: PoolPlan, server: ServerPlan): void {
    this.plan = plan;
    this.server = server;
    this.#dialer.parts = { plan, server, row: this.row };
    this.#outcomes.follow(plan.passive, { pool: plan.name, server: server.name });
  }

  /** Its connections would be made the same way by that config. */
  fits({ plan, server, row }: ServerParts): boolean {
    return this.row.same(row) && connecting(this.plan, this.server) === connecting(plan, server);
  }

  /** Counts one more exchange that it has; false: it has as many as it may. */
  take(): boolean {
    const limit = this.row.get(ServerField.maxRequests);
    return !this.#connectionsFull && this.row.take(ServerField.exchanges, limit === 0 ? Infinity : limit);
  }

  release(): void {
    this.row.give(ServerField.exchanges);
  }

  get name(): string {
    return this.server.name;
  }

  get active(): number {
    return this.row.get(ServerField.exchanges);
  }

  /** It has as many exchanges as it may. */
  get full(): boolean {
    const limit = this.row.get(ServerField.maxRequests);
    return (limit !== 0 && this.active >= limit) || this.#connectionsFull;
  }

  /** Connections to it that are open or being opened, over all threads. */
  get connections(): number {
    return this.row.get(ServerField.connections);
  }

  /** A further exchange would need a connection that it may not have. */
  get #connectionsFull(): boolean {
    const limit = this.row.get(ServerField.maxConnections);
    return limit !== 0 && this.#idle.length === 0 && this.connections >= limit && this.#shared?.roomy !== true;
  }

  /** Others wait for a connection: closes one that is idle, where no more may be opened. */
  giveUpIdle(): void {
    const limit = this.row.get(ServerField.maxConnections);
    if (limit === 0 || this.connections < limit) return;
    if (this.#shared?.closeOneIdle() !== true) this.#idle.shift()?.destroy();
  }

  /** An answer has begun. How long a client takes to send a body is not the server's time. */
  answered({ body, timings }: Exchange, status: number): void {
    const ms = body === undefined ? timings.firstByte - timings.connected : -1;
    if (ms >= 0) this.latency.observe(ms, timings.firstByte);
    this.#outcomes.add(outcomeOfStatus(status), ms, timings.firstByte);
  }

  /**
   * An attempt has failed: one that fails quickly must not count as quick.
   *
   * @param error undefined: it is in the nature of things, and says nothing against the server.
   */
  failed(now: number, error: ProxyError | undefined): void {
    this.failuresTotal++;
    this.latency.observe(FAILURE_MS, now);
    const outcome = error && outcomeOfError(error);
    if (outcome !== undefined) this.#outcomes.add(outcome, -1, now);
  }

  get open(): number {
    return this.#all.size;
  }

  get idleCount(): number {
    return this.#idle.length + (this.#shared?.resting ?? 0);
  }

  /** IP addresses, best first; empty: the name does not resolve. */
  get addresses(): readonly string[] {
    return this.#dialer.addresses;
  }

  set addresses(addresses: readonly string[]) {
    this.#dialer.addresses = addresses;
  }

  /** Told when a connection has gone that others may wait for. */
  set onRoom(told: () => void) {
    this.#dialer.onRoom = told;
  }

  /** False: its name has no address, so far or at all. */
  get resolved(): boolean {
    return this.server.address.kind === 'unix' || this.addresses.length > 0;
  }

  /** The idle connection that was used last, if one is still good. */
  takeIdle(now: number): ServerConnection | undefined {
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (now - connection.openedAt < this.plan.idleConnections.maxAgeMs) return connection;
      connection.destroy();
    }
    return undefined;
  }

  /** A carrier that is there: a stream that is free, or the idle connection that was used last, if it is still good. */
  reuse(now: number, wish: CarrierWish): Carrier | undefined {
    const stream = wish.http1 ? undefined : this.#shared?.take(now, wish.upgrade);
    if (stream !== undefined || wish.fresh) return stream;
    return this.takeIdle(now);
  }

  /** Opens a connection, or waits for one to be opened. @returns how to give up; `done` is then not called. */
  connect(wish: CarrierWish, done: (result: Carrier | ProxyError) => void): () => void {
    return this.#shared === undefined || wish.http1 ? this.connectHttp1(wish, done) : this.#shared.wait(wish, done);
  }

  connectHttp1(wish: CarrierWish, done: (result: Carrier | ProxyError) => void): () => void {
    if (this.plan.protocol?.version === 'http2') {
      const told = setImmediate(() => done(onlyHttp2()));
      return () => clearImmediate(told);
    }
    return this.dial(wish.connectMs, http1Only, (result) =>
      done(result instanceof ProxyError ? result : this.adoptHttp1(result)),
    );
  }

  dial(
    connectMs: number | undefined,
    offers: readonly Protocol[],
    done: (result: DialedSocket | ProxyError) => void,
  ): () => void {
    return this.#dialer.open(connectMs, offers, done);
  }

  adoptHttp1(dialed: DialedSocket): ServerConnection {
    const connection = new ServerConnection(dialed, this, this.#env, this.#env.clock.now());
    this.opened(connection);
    return connection;
  }

  opened(connection: ServerConnection | Http2ServerConnection): void {
    this.#all.add(connection);
    this.#env.serverSockets.opened(this);
  }

  mayKeep(resting: number): boolean {
    const { serverSockets } = this.#env;
    const kept = this.#idle.length + resting;
    return !this.#closed && kept < serverSockets.shareOf(this.plan.idleConnections.max) && !serverSockets.full;
  }

  idle(connection: ServerConnection): void {
    const { maxRequests, idleMs } = this.plan.idleConnections;
    const worn = maxRequests > 0 && connection.requests >= maxRequests;
    if (connection.bound) return; // It waits for its own client, and closes with it.
    if (worn || !this.mayKeep(this.#shared?.resting ?? 0)) return connection.destroy();
    connection.rest(this.#env.clock.now(), idleMs);
    this.#idle.push(connection);
  }

  gone(connection: ServerConnection | Http2ServerConnection): void {
    const known = this.#all.delete(connection);
    if (known) this.#env.serverSockets.closed(this, this.#all.size === 0);
    const at = connection instanceof ServerConnection ? this.#idle.indexOf(connection) : -1;
    if (at >= 0) this.#idle.splice(at, 1);
    if (known) this.#dialer.closed();
  }

  /** Closes idle connections now, and the others when they become idle. */
  retire(): void {
    this.#closed = true;
    this.closeIdle();
    this.#shared?.retire();
  }

  closeIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
    this.#shared?.closeIdle();
  }

  /** Closes all connections now, as if the server had: exchanges that wait for it hear of it. */
  cut(): void {
    this.closeIdle();
    const error = new ProxyError('server-cut', 'Cannot go on with the server: an operator closed its connections');
    for (const connection of this.#all) connection.fail(error);
  }

  /** Closes all connections now. */
  destroy(): void {
    this.retire();
    for (const connection of this.#all) connection.destroy();
  }
}

/** It may be that the server speaks HTTP/2: it says so in the TLS handshake, or the config does. */
function mayShare({ protocol = plainProtocol }: PoolPlan, { secure }: ServerPlan): boolean {
  return protocol.version === 'http2' || (protocol.version === 'auto' && secure);
}

function onlyHttp2(): ProxyError {
  const why = 'the request needs a connection of HTTP/1, and its pool speaks HTTP/2 only';
  return new ProxyError('server-upgrade-failed', `Cannot connect to the server: ${why}`);
}

/** All of the config that open connections depend on. */
function connecting(
  { tls, sourceAddress, lenient, limits, protocol }: PoolPlan,
  { address, secure, serverName }: ServerPlan,
): string {
  return JSON.stringify([address, secure, serverName, tls, sourceAddress, lenient, limits, protocol]);
}
