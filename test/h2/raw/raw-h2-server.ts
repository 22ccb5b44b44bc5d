import net from 'node:net';
import tls from 'node:tls';

import type { Place } from '../../harness/plan-of.ts';
import { until } from '../../harness/until.ts';
import { settingsPayload } from './frames.ts';
import { clientPrefaceText } from './raw-h2-client.ts';
import { RawH2Peer, type PeerOptions } from './raw-h2-peer.ts';

export interface ServerOptions extends PeerOptions {
  /** By TLS, with ALPN `h2`: `key` and `cert` at least. */
  readonly tls?: tls.TlsOptions;
  /** What its first SETTINGS say; false: the test sends them itself. */
  readonly settings?: readonly (readonly [id: number, value: number])[] | false;
}

/** What a server does with one connection. That the connection is broken off in the middle of it is told in `failures`. */
export type H2Script = (connection: RawH2ServerConnection, server: RawH2Server) => void | Promise<void>;

/** One connection of a server. The client's preface is taken off what comes, and not judged. */
export class RawH2ServerConnection extends RawH2Peer {
  constructor(socket: net.Socket, options: PeerOptions) {
    super(socket, options);
    this.before = clientPrefaceText.length;
  }

  /** Requests that are whole, or have at least their head: numbers of their streams. */
  get streams(): number[] {
    return [...new Set(this.frames.filter(({ type }) => type === 1).map(({ id }) => id))];
  }

  /** The number of the i-th request of this connection, once its head has come. @param i from 0. */
  async stream(i: number): Promise<number> {
    await this.waitFor(`request ${i}`, () => this.streams.length > i);
    return this.streams[i]!;
  }

  /** Answers a stream with a status and a body, all at once. */
  answer(id: number, body: string, status = '200'): void {
    this.headers(id, [[':status', status]]);
    this.data(id, body, { endStream: true });
  }
}

/** A server of HTTP/2 that sends what a test says. */
export class RawH2Server {
  readonly connections: RawH2ServerConnection[] = [];
  /** What went wrong in a script. */
  readonly failures: unknown[] = [];
  place: Place = { kind: 'tcp', host: '127.0.0.1', port: 0 };
  readonly #server: net.Server;
  readonly #script: H2Script;
  readonly #options: ServerOptions;

  private constructor(script: H2Script, options: ServerOptions) {
    this.#script = script;
    this.#options = options;
    this.#server =
      options.tls === undefined
        ? net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void this.#run(socket))
        : tls.createServer({ ALPNProtocols: ['h2'], ...options.tls }, (socket) => void this.#run(socket));
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(script: H2Script, options: ServerOptions = {}): Promise<RawH2Server> {
    const server = new RawH2Server(script, options);
    await new Promise<void>((resolve) => void server.#server.listen(0, '127.0.0.1', resolve));
    server.place = { kind: 'tcp', host: '127.0.0.1', port: (server.#server.address() as net.AddressInfo).port };
    return server;
  }

  get port(): number {
    return this.place.kind === 'tcp' ? this.place.port : 0;
  }

  /** The i-th connection, once it has come. @param i from 0. */
  async connection(i = 0): Promise<RawH2ServerConnection> {
    await until(`connection ${i} to the server`, () => this.connections.length > i);
    return this.connections[i]!;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    for (const connection of this.connections) connection.destroy();
    await closed;
  }

  async #run(socket: net.Socket): Promise<void> {
    const { settings = [] } = this.#options;
    const connection = new RawH2ServerConnection(socket, this.#options);
    this.connections.push(connection);
    try {
      if (settings !== false) connection.frame('Settings', 0, 0, settingsPayload(settings));
      await this.#script(connection, this);
    } catch (error) {
      this.failures.push(error);
    }
  }
}
