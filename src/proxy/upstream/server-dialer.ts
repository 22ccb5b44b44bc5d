import net from 'node:net';
import { ProxyError } from '../../core/errors.ts';
import { ServerField } from '../server-state.ts';
import { dial, type DialedSocket, type DialTarget, type Protocol } from './dial.ts';
import { dialTls, TlsPeer } from './dial-tls.ts';
import type { ServerEnv, ServerParts } from './server-env.ts';

/** The same server's failed handshakes are told at most so often. */
const TELL_MS = 60_000;

/** Opens connections to one server, no more than it may have. */
export class ServerDialer {
  /** IP addresses, best first; empty: the name does not resolve. */
  addresses: readonly string[];
  /** Told when a connection has gone that others may wait for. */
  onRoom: (() => void) | undefined;
  /** Of its server, replaced when that follows another plan. */
  parts: ServerParts;
  readonly #env: ServerEnv;
  /** Undefined: it is spoken to without TLS. */
  readonly #tls: TlsPeer | undefined;
  #lastTold = -Infinity;

  constructor(parts: ServerParts, env: ServerEnv) {
    const { address, secure, serverName, name } = parts.server;
    this.parts = parts;
    this.#env = env;
    const host = serverName ?? (address.kind === 'tcp' ? address.host : 'localhost');
    // The name of a server has `***` where a part of its URL is a secret.
    const shown = name.includes('***') ? 'the host of its URL' : host;
    this.#tls = secure ? new TlsPeer(parts.plan.tls, host, env.secureContexts, shown) : undefined;
    this.addresses = address.kind === 'tcp' && net.isIP(address.host) !== 0 ? [address.host] : [];
  }

  /**
   * Opens a connection, which counts until `closed`.
   * @param connectMs undefined: as the pool says. @param offers by ALPN, best first.
   * @returns how to give up; `done` is then not called. Nor is it called before this has returned.
   */
  open(
    connectMs: number | undefined,
    offers: readonly Protocol[],
    done: (result: DialedSocket | ProxyError) => void,
  ): () => void {
    if (!this.#count()) {
      // Another thread was quicker. Not at once: whoever asks is not ready for an answer yet.
      const why = 'it has as many connections as it may; raise maxConnections, or add servers';
      const told = setImmediate(() => done(new ProxyError('server-full', `Cannot connect to the server: ${why}`)));
      return () => clearImmediate(told);
    }
    const dialed = (result: DialedSocket | ProxyError): void => {
      this.#env.clock.refresh();
      if (result instanceof ProxyError) this.#tell(result);
      if (result instanceof ProxyError) this.closed();
      this.#hand(result, done);
    };
    this.#env.serverSockets.makeRoom();
    const target = this.#target(connectMs, offers);
    const giveUp = this.#tls ? dialTls(target, this.#tls, dialed) : dial(target, dialed);
    return () => {
      giveUp();
      this.closed();
    };
  }

  /** What throws here is our bug, and ends this connection only. */
  #hand(result: DialedSocket | ProxyError, done: (result: DialedSocket | ProxyError) => void): void {
    try {
      done(result);
    } catch (error) {
      this.#env.bug(error);
      if (!(result instanceof ProxyError)) result.socket.destroy();
    }
  }

  /** A connection has gone, or came to nothing. */
  closed(): void {
    const { row } = this.parts;
    row.give(ServerField.connections);
    if (row.get(ServerField.maxConnections) !== 0) this.onRoom?.();
  }

  #count(): boolean {
    const { row } = this.parts;
    const limit = row.get(ServerField.maxConnections);
    return row.take(ServerField.connections, limit === 0 ? Infinity : limit);
  }

  /** What is wrong with its TLS is for the operator to put right, and stands nowhere else in words. */
  #tell(error: ProxyError): void {
    const now = this.#env.clock.now();
    if (error.code !== 'server-tls-failed' || now - this.#lastTold < TELL_MS) return;
    const { plan, server } = this.parts;
    this.#lastTold = now;
    this.#env.log.warn(error.message, { pool: plan.name, server: server.name, reason: error.code });
  }

  #target(connectMs: number | undefined, offers: readonly Protocol[]): DialTarget {
    const { plan, server } = this.parts;
    const { address } = server;
    return {
      address: address.kind === 'unix' ? address : { kind: 'tcp', addresses: this.addresses, port: address.port },
      sourceAddress: plan.sourceAddress,
      timeoutMs: connectMs ?? plan.timeouts.connectMs,
      buffer: this.#env.serverReadBuffer,
      offers,
    };
  }
}

/** Its name has no address. */
export function noAddress({ server }: Pick<ServerParts, 'server'>): ProxyError {
  const { address } = server;
  const name = address.kind === 'tcp' ? address.host : address.path;
  return new ProxyError('dns-failure', `Cannot connect to the server: the name ${name} has no address`);
}
