import type net from 'node:net';
import tls from 'node:tls';

import type { Place } from './plan-of.ts';
import type { World } from './proxy-test.ts';
import { PeerGone, RawPeer } from './raw-peer.ts';

/** A server behind TLS that does exactly what a test says. It ends with the test. */
export interface TlsServer {
  readonly place: Place;
  /** Connections whose handshake is over. */
  readonly sockets: tls.TLSSocket[];
  readonly peers: RawPeer[];
  /** Whether each of them went on with a session of another. */
  readonly resumed: boolean[];
  /** Connections, with or without a handshake. */
  connections: number;
}

/** Starts one on a free port of 127.0.0.1. That the proxy goes away in the middle of the script is no error. */
export async function tlsServer(
  world: World,
  options: tls.TlsOptions,
  script: (peer: RawPeer) => unknown,
): Promise<TlsServer> {
  const raw = new Set<net.Socket>();
  const server = tls.createServer({ allowHalfOpen: true, ...options }, (socket) => {
    made.sockets.push(socket);
    made.resumed.push(socket.isSessionReused());
    const peer = new RawPeer(socket);
    made.peers.push(peer);
    void run(script, peer);
  });
  server.on('connection', (socket: net.Socket) => {
    made.connections++;
    raw.add(socket);
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const made: TlsServer = {
    place: { kind: 'tcp', host: '127.0.0.1', port },
    sockets: [],
    peers: [],
    resumed: [],
    connections: 0,
  };
  world.after(() => {
    for (const socket of raw) socket.destroy();
    server.close();
  });
  return made;
}

async function run(script: (peer: RawPeer) => unknown, peer: RawPeer): Promise<void> {
  try {
    await script(peer);
  } catch (error) {
    if (!(error instanceof PeerGone)) throw error;
  }
}
