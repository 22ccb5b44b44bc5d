import net from 'node:net';
import tls from 'node:tls';

import type { Issued } from '../harness/certificates.ts';
import { readHead } from '../harness/message.ts';
import { RawPeer } from '../harness/raw-peer.ts';
import { ok } from '../harness/raw-server.ts';
import { until } from '../harness/until.ts';
import type { ProxyApart } from './proxy-apart.ts';

/** The listener that does not wait long for a handshake. */
export const hasty = 'hasty';

/** The server of a site that agrees on TLS: with this. */
export type Identity = Pick<Issued, 'chain' | 'key'>;

/**
 * A server whose connections a test leads by hand: it reads the head of a request and leaves the connection to whoever waits for
 * that path. What begins with `/auto/` it answers by itself.
 */
export class LedServer {
  readonly #server: net.Server;
  readonly #sockets: Set<net.Socket> = new Set();
  /** Open connections; those with TLS once they have agreed on it. */
  readonly peers: Set<RawPeer> = new Set();
  readonly #arrived: Map<string, RawPeer> = new Map();
  port = 0;

  private constructor(identity: Identity | undefined) {
    const led = (socket: net.Socket): void => void this.#lead(new RawPeer(socket));
    const options = { allowHalfOpen: true, noDelay: true };
    this.#server =
      identity === undefined
        ? net.createServer(options, led)
        : tls.createServer({ ...options, cert: identity.chain, key: identity.key }, led);
    this.#server.on('connection', (socket: net.Socket) => this.#keep(socket));
    this.#server.on('tlsClientError', () => {});
  }

  /** @param identity undefined: without TLS. */
  static async start(identity?: Identity): Promise<LedServer> {
    const made = new LedServer(identity);
    await new Promise<void>((resolve) => made.#server.listen({ host: '127.0.0.1', port: 0, backlog: 2000 }, resolve));
    made.port = (made.#server.address() as net.AddressInfo).port;
    return made;
  }

  get place(): { readonly kind: 'tcp'; readonly host: string; readonly port: number } {
    return { kind: 'tcp', host: '127.0.0.1', port: this.port };
  }

  /** The connection on which the request for a path has come. */
  async arrival(path: string): Promise<RawPeer> {
    await until(`a request for ${path}`, () => this.#arrived.has(path));
    return this.#arrived.get(path)!;
  }

  /** Forgets all connections, and resets those that are open. */
  reset(): void {
    for (const peer of this.peers) peer.reset();
    for (const socket of this.#sockets) socket.destroy();
    this.#arrived.clear();
  }

  stop(): void {
    this.reset();
    this.#server.close();
  }

  #keep(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }

  async #lead(peer: RawPeer): Promise<void> {
    this.peers.add(peer);
    peer.socket.on('close', () => this.peers.delete(peer));
    try {
      for (;;) {
        const path = (await readHead(peer)).start.split(' ')[1]!;
        this.#arrived.set(path, peer);
        if (!path.startsWith('/auto/')) return;
        peer.send(ok());
      }
    } catch {
      // The proxy has gone away, or it asks nothing: whoever waits for a request says so.
    }
  }
}

/** A proxy with clients before it and a server behind it. */
export class Site {
  readonly proxy: ProxyApart;
  readonly server: LedServer;
  /** Without TLS, for a pool that expects it: what comes of the proxy's side of a handshake stays without an answer. */
  readonly silent: LedServer;
  /** Clients speak TLS, and the server does. */
  readonly secure: boolean;

  constructor(proxy: ProxyApart, servers: { readonly server: LedServer; readonly silent: LedServer }, secure: boolean) {
    this.proxy = proxy;
    this.server = servers.server;
    this.silent = servers.silent;
    this.secure = secure;
  }

  /** Connections to servers that are open now. */
  get serverPeers(): RawPeer[] {
    return [...this.server.peers, ...this.silent.peers];
  }

  /** Ends all connections to servers. */
  reset(): void {
    this.server.reset();
    this.silent.reset();
  }

  /** @param bare without a handshake, to a listener that does not wait long for one. */
  async connect(bare: boolean): Promise<RawPeer> {
    const at = { host: '127.0.0.1', port: this.proxy.port(bare ? hasty : undefined) };
    const secure = this.secure && !bare;
    const below = net.connect({ ...at, allowHalfOpen: true });
    below.on('error', () => {});
    // Over a socket of its own it can be reset.
    const socket = secure ? tls.connect(overSocket(below)) : below;
    const peer = new RawPeer(socket);
    let ready = false;
    socket.once(secure ? 'secureConnect' : 'connect', () => (ready = true));
    await until('a connection to the proxy', () => ready || socket.destroyed);
    return peer;
  }
}

/** The types do not know that a TLS socket may be half open. */
function overSocket(socket: net.Socket): tls.ConnectionOptions {
  return { socket, servername: 'a.test', rejectUnauthorized: false, allowHalfOpen: true } as tls.ConnectionOptions;
}

/** One of the many that come as far as a phase: its client, and what it asks for. */
export class Lane {
  readonly client: RawPeer;
  /** Its own. */
  readonly path: string;
  readonly #site: Site;
  /** Where its request has come to, once it has. */
  server: RawPeer | undefined;

  constructor(site: Site, client: RawPeer, path: string) {
    this.#site = site;
    this.client = client;
    this.path = path;
  }

  send(bytes: string): void {
    this.client.send(bytes);
  }

  /** The proxy's event loop has turned meanwhile: it has answered a question. */
  async turn(): Promise<void> {
    await this.#site.proxy.status();
  }

  /** Waits for the request at the server. */
  async arrival(path: string = this.path): Promise<RawPeer> {
    return (this.server = await this.#site.server.arrival(path));
  }
}
