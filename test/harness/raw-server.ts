import net from 'node:net';

import { freePort } from './free-port.ts';
import { readRequest, type Message } from './message.ts';
import type { Place } from './plan-of.ts';
import { PeerGone, RawPeer } from './raw-peer.ts';

/** What a server does with one connection. That the other side goes away in the middle of it is no error. */
export type Script = (peer: RawPeer, server: RawServer) => void | Promise<void>;

/** A server that does exactly what a test says. */
export class RawServer {
  readonly #server: net.Server;
  readonly peers: RawPeer[] = [];
  /** What the scripts read by `serve`. */
  readonly requests: Message[] = [];
  /** What went wrong in a script. */
  readonly failures: unknown[] = [];
  place: Place = { kind: 'tcp', host: '127.0.0.1', port: 0 };

  private constructor(script: Script) {
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void this.#run(socket, script));
  }

  /** @param path of a unix socket; default: a free port of 127.0.0.1, which nobody else gets when this server refuses or has stopped. */
  static async start(script: Script, path?: string): Promise<RawServer> {
    const server = new RawServer(script);
    await server.listen(path);
    return server;
  }

  async listen(path?: string): Promise<void> {
    const where = path === undefined ? { host: '127.0.0.1', port: await this.#port() } : { path };
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(where, resolve);
    });
    const bound = this.#server.address() as net.AddressInfo;
    this.place = path === undefined ? { kind: 'tcp', host: '127.0.0.1', port: bound.port } : { kind: 'unix', path };
  }

  async #port(): Promise<number> {
    return this.place.kind === 'tcp' && this.place.port !== 0 ? this.place.port : await freePort();
  }

  /** Connections that the proxy has open to it. */
  get open(): number {
    return this.peers.filter(({ ending }) => ending === 'open').length;
  }

  /** All bytes that ever came. */
  get bytesReceived(): number {
    return this.peers.reduce((sum, peer) => sum + peer.bytesReceived, 0);
  }

  /** Takes no new connections: they are refused. */
  refuse(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const peer of this.peers) peer.destroy();
    });
  }

  async stop(): Promise<void> {
    if (this.#server.listening) await this.refuse();
    for (const peer of this.peers) peer.reset();
  }

  async #run(socket: net.Socket, script: Script): Promise<void> {
    const peer = new RawPeer(socket);
    this.peers.push(peer);
    try {
      await script(peer, this);
    } catch (error) {
      if (!(error instanceof PeerGone)) this.failures.push(error);
    }
  }
}

/** A script that answers each request of each connection, and closes when the other side does. */
export function serve(answer: (request: Message, peer: RawPeer) => string | Buffer | Promise<string | Buffer>): Script {
  return async (peer, server) => {
    try {
      for (;;) {
        const request = await readRequest(peer);
        server.requests.push(request);
        peer.send(await answer(request, peer));
      }
    } finally {
      peer.end();
    }
  };
}

/** An answer with this body. */
export function ok(body = 'ok', fields = ''): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;
}

/** Answers with the request: its first line, fields, and body. */
export function echo(request: Message): string {
  return ok([request.start, ...request.lines, '', request.body.toString('latin1')].join('\n'));
}
