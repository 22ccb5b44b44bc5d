import net from 'node:net';
import type { ReadBuffer } from '../../core/read-buffer.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { WriterEnv } from '../message-writer.ts';
import type { PoolPlan, ServerPlan } from '../plan.ts';
import { dial, type DialedSocket, type DialTarget } from './dial.ts';
import { dialTls, TlsPeer } from './dial-tls.ts';
import type { SecureContexts } from './secure-contexts.ts';
import type { ConnectionKeeper } from './connection-user.ts';
import { ServerConnection } from './server-connection.ts';
import type { IdleHolder, ServerSockets } from './server-sockets.ts';

/** What all server connections of a thread share. */
export interface ServerEnv extends WriterEnv {
  /** Read buffer of all server connections. */
  readonly serverReadBuffer: ReadBuffer;
  readonly secureContexts: SecureContexts;
  readonly serverSockets: ServerSockets;
  readonly log: Logger;
}

/** The same server's failed handshakes are told at most so often. */
const TELL_MS = 60_000;

/**
 * One real server of a pool: where it is, and its connections.
 *
 * Idle connections are used last in, first out, so that the ones that are not needed grow old and are closed.
 */
export class Server implements ConnectionKeeper<ServerConnection>, IdleHolder {
  readonly plan: PoolPlan;
  readonly server: ServerPlan;
  readonly #env: ServerEnv;
  readonly #idle: ServerConnection[] = [];
  readonly #all: Set<ServerConnection> = new Set();
  /** IP addresses, best first; empty: the name does not resolve. */
  addresses: readonly string[];
  exchangesTotal = 0;
  failuresTotal = 0;
  /** Undefined: it is spoken to without TLS. */
  readonly #tls: TlsPeer | undefined;
  #lastTold = -Infinity;
  #closed = false;

  constructor(plan: PoolPlan, server: ServerPlan, env: ServerEnv) {
    this.plan = plan;
    this.server = server;
    this.#env = env;
    const { address, secure } = server;
    const host = address.kind === 'tcp' ? address.host : 'localhost';
    // The name of a server has `***` where a part of its URL is a secret.
    const shown = server.name.includes('***') ? 'the host of its URL' : host;
    this.#tls = secure ? new TlsPeer(plan.tls, host, env.secureContexts, shown) : undefined;
    this.addresses = address.kind === 'tcp' && net.isIP(address.host) !== 0 ? [address.host] : [];
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
    const dialed = (result: DialedSocket | ProxyError): void => {
      this.#env.clock.refresh();
      if (result instanceof ProxyError) this.#tell(result);
      done(result instanceof ProxyError ? result : this.#adopt(result));
    };
    this.#env.serverSockets.makeRoom();
    const target = this.#target(connectMs);
    return this.#tls ? dialTls(target, this.#tls, dialed) : dial(target, dialed);
  }

  idle(connection: ServerConnection): void {
    const { max, maxRequests, idleMs } = this.plan.idleConnections;
    const worn = maxRequests > 0 && connection.requests >= maxRequests;
    if (connection.bound) return; // It waits for its own client, and closes with it.
    const full = this.#idle.length >= max || this.#env.serverSockets.full;
    if (this.#closed || worn || full) return connection.destroy();
    connection.rest(this.#env.clock.now(), idleMs);
    this.#idle.push(connection);
  }

  gone(connection: ServerConnection): void {
    if (this.#all.delete(connection)) this.#env.serverSockets.closed(this, this.#all.size === 0);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** Closes idle connections now, and the others when they become idle. */
  retire(): void {
    this.#closed = true;
    this.closeIdle();
  }

  closeIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
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
