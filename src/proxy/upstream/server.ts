import net from 'node:net';
import type { ReadBuffer } from '../../core/read-buffer.ts';
import type { SharedRow } from '../../core/shared/shared-rows.ts';
import { ProxyError } from '../../core/errors.ts';
import { PeakEwma } from '../../core/peak-ewma.ts';
import type { Logger } from '../../core/log.ts';
import type { BondEnv } from '../bond-env.ts';
import type { Exchange } from '../exchange.ts';
import type { WriterEnv } from '../socket-writer.ts';
import type { PoolPlan, ServerPlan } from '../pool-plan.ts';
import type { Candidate } from '../picker.ts';
import { ServerField } from '../server-state.ts';
import type { TellEvent } from '../data-event.ts';
import { dial, type DialedSocket, type DialTarget } from './dial.ts';
import { dialTls, TlsPeer } from './dial-tls.ts';
import type { ReplayMemory } from './retry/replay-memory.ts';
import { outcomeOfError, outcomeOfStatus } from './passive/outcome.ts';
import { Outcomes } from './passive/outcomes.ts';
import type { SecureContexts } from './secure-contexts.ts';
import type { ConnectionKeeper } from './connection-user.ts';
import { ServerConnection } from './server-connection.ts';
import type { IdleHolder, ServerSockets } from './server-sockets.ts';
import type { Rated } from './usable-servers.ts';

/** What all server connections of a thread share. */
export interface ServerEnv extends WriterEnv {
  /** Read buffer of all server connections. */
  readonly serverReadBuffer: ReadBuffer;
  readonly secureContexts: SecureContexts;
  readonly serverSockets: ServerSockets;
  readonly replayMemory: ReplayMemory;
  readonly log: Logger;
  /** What keeps clients with their servers; default: nothing is shared with other threads. */
  readonly bonds?: BondEnv;
  /** Tells main at once; default: nobody hears of it. */
  readonly tell?: TellEvent | undefined;
}

/** What a server is made of. */
export interface ServerParts {
  readonly plan: PoolPlan;
  readonly server: ServerPlan;
  readonly row: SharedRow;
}

/** What a failure counts as, where the time to the first byte matters. */
const FAILURE_MS = 1000;

/** The same server's failed handshakes are told at most so often. */
const TELL_MS = 60_000;

/**
 * One real server of a pool: where it is, and its connections.
 *
 * Idle connections are used last in, first out, so that the ones that are not needed grow old and are closed.
 */
export class Server implements ConnectionKeeper<ServerConnection>, IdleHolder, Rated, Candidate {
  plan: PoolPlan;
  server: ServerPlan;
  readonly row: SharedRow;
  weight: number;
  readonly latency: PeakEwma = new PeakEwma();
  readonly #outcomes: Outcomes;
  readonly #env: ServerEnv;
  readonly #idle: ServerConnection[] = [];
  readonly #all: Set<ServerConnection> = new Set();
  /** IP addresses, best first; empty: the name does not resolve. */
  addresses: readonly string[];
  exchangesTotal = 0;
  failuresTotal = 0;
  /** Told when a connection has gone that others may wait for. */
  onRoom: (() => void) | undefined;
  /** Undefined: it is spoken to without TLS. */
  readonly #tls: TlsPeer | undefined;
  #lastTold = -Infinity;
  #closed = false;

  constructor({ plan, server, row }: ServerParts, env: ServerEnv) {
    this.plan = plan;
    this.server = server;
    this.row = row;
    this.weight = server.weight;
    this.#env = env;
    this.#outcomes = new Outcomes(row, env.tell);
    this.follow(plan, server);
    const { address, secure, serverName } = server;
    const host = serverName ?? (address.kind === 'tcp' ? address.host : 'localhost');
    // The name of a server has `***` where a part of its URL is a secret.
    const shown = server.name.includes('***') ? 'the host of its URL' : host;
    this.#tls = secure ? new TlsPeer(plan.tls, host, env.secureContexts, shown) : undefined;
    this.addresses = address.kind === 'tcp' && net.isIP(address.host) !== 0 ? [address.host] : [];
  }

  /** Goes on with another config, whose connections are the same. */
  follow(plan: PoolPlan, server: ServerPlan): void {
    this.plan = plan;
    this.server = server;
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
    return limit !== 0 && this.#idle.length === 0 && this.connections >= limit;
  }

  /** Others wait for a connection: closes one that is idle, where no more may be opened. */
  giveUpIdle(): void {
    const limit = this.row.get(ServerField.maxConnections);
    if (limit !== 0 && this.connections >= limit) this.#idle.shift()?.destroy();
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
    return this.#idle.length;
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

  /** Opens a connection, within `connectMs` or what the pool says. @returns how to give up; `done` is then not called. */
  connect(connectMs: number | undefined, done: (result: ServerConnection | ProxyError) => void): () => void {
    if (!this.#takeConnection()) {
      // Another thread was quicker. Not at once: whoever asks is not ready for an answer yet.
      const why = 'it has as many connections as it may; raise maxConnections, or add servers';
      const told = setImmediate(() => done(new ProxyError('server-full', `Cannot connect to the server: ${why}`)));
      return () => clearImmediate(told);
    }
    const dialed = (result: DialedSocket | ProxyError): void => {
      this.#env.clock.refresh();
      if (result instanceof ProxyError) this.#tell(result);
      if (result instanceof ProxyError) this.#giveConnection();
      done(result instanceof ProxyError ? result : this.#adopt(result));
    };
    this.#env.serverSockets.makeRoom();
    const target = this.#target(connectMs);
    const giveUp = this.#tls ? dialTls(target, this.#tls, dialed) : dial(target, dialed);
    return () => {
      giveUp();
      this.#giveConnection();
    };
  }

  #takeConnection(): boolean {
    const limit = this.row.get(ServerField.maxConnections);
    return this.row.take(ServerField.connections, limit === 0 ? Infinity : limit);
  }

  #giveConnection(): void {
    this.row.give(ServerField.connections);
    if (this.row.get(ServerField.maxConnections) !== 0) this.onRoom?.();
  }

  idle(connection: ServerConnection): void {
    const { max, maxRequests, idleMs } = this.plan.idleConnections;
    const worn = maxRequests > 0 && connection.requests >= maxRequests;
    if (connection.bound) return; // It waits for its own client, and closes with it.
    const full = this.#idle.length >= this.#env.serverSockets.shareOf(max) || this.#env.serverSockets.full;
    if (this.#closed || worn || full) return connection.destroy();
    connection.rest(this.#env.clock.now(), idleMs);
    this.#idle.push(connection);
  }

  gone(connection: ServerConnection): void {
    const known = this.#all.delete(connection);
    if (known) this.#env.serverSockets.closed(this, this.#all.size === 0);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (known) this.#giveConnection();
  }

  /** Closes idle connections now, and the others when they become idle. */
  retire(): void {
    this.#closed = true;
    this.closeIdle();
  }

  closeIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  /** Closes all connections now, as if the server had: exchanges that wait for it hear of it. */
  cut(): void {
    this.closeIdle();
    const error = new ProxyError('server-cut', 'Cannot go on with the server: an operator closed its connections');
    for (const connection of this.#all) connection.refuseBytes(error);
  }

  /** Closes all connections now. */
  destroy(): void {
    this.retire();
    for (const connection of this.#all) connection.destroy();
  }

  /** What is wrong with its TLS is for the operator to put right, and stands nowhere else in words. */
  #tell(error: ProxyError): void {
    const now = this.#env.clock.now();
    if (error.code !== 'server-tls-failed' || now - this.#lastTold < TELL_MS) return;
    this.#lastTold = now;
    this.#env.log.warn(error.message, { pool: this.plan.name, server: this.server.name, reason: error.code });
  }

  #adopt(dialed: DialedSocket): ServerConnection {
    const connection = new ServerConnection(dialed, this, this.#env, this.#env.clock.now());
    this.#all.add(connection);
    this.#env.serverSockets.opened(this);
    return connection;
  }

  #target(connectMs: number | undefined): DialTarget {
    const { address } = this.server;
    return {
      address: address.kind === 'unix' ? address : { kind: 'tcp', addresses: this.addresses, port: address.port },
      sourceAddress: this.plan.sourceAddress,
      timeoutMs: connectMs ?? this.plan.timeouts.connectMs,
      buffer: this.#env.serverReadBuffer,
    };
  }
}

/** Its name has no address. */
export function noAddress({ address }: ServerPlan): ProxyError {
  const name = address.kind === 'tcp' ? address.host : address.path;
  return new ProxyError('dns-failure', `Cannot connect to the server: the name ${name} has no address`);
}

/** All of the config that open connections depend on. */
function connecting(
  { tls, sourceAddress, lenient, limits }: PoolPlan,
  { address, secure, serverName }: ServerPlan,
): string {
  return JSON.stringify([address, secure, serverName, tls, sourceAddress, lenient, limits]);
}
