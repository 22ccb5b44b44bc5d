import type http from 'node:http';
import http2 from 'node:http2';
import type net from 'node:net';
import type { Duplex } from 'node:stream';

import type { World } from './proxy-test.ts';
import type { Place } from './plan-of.ts';

/** A server that speaks HTTP/2, by `node:http2`. */
export interface TestHttp2Server {
  readonly place: Place;
  /** All that have been opened. */
  readonly sessions: http2.ServerHttp2Session[];
  /** Streams that are open. */
  readonly streams: Set<http2.ServerHttp2Stream>;
  /** What it does with requests of HTTP/1, and with upgrades by it, where it speaks that as well. */
  onHttp1: (request: http.IncomingMessage, response: http.ServerResponse) => unknown;
  onUpgrade: (request: http.IncomingMessage, socket: Duplex) => unknown;
}

export type StreamScript = (stream: http2.ServerHttp2Stream, head: http2.IncomingHttpHeaders) => void;

/** Answers with the body of the request, what it was asked by, and a field that says where. */
export const echo: StreamScript = (stream, head) => {
  const { ':path': path, ':method': method, ':authority': authority, ':scheme': scheme, te } = head;
  stream.respond({ ':status': 200, 'x-asked': [method, scheme, authority, path, te].join(' ').trim() });
  stream.pipe(stream);
};

/** Starts one, on a port of its own. With `secure` it speaks TLS, and HTTP/2 alone unless `allowHTTP1`. */
export async function http2Server(
  world: World,
  script: StreamScript,
  options: http2.ServerOptions & { readonly secure?: http2.SecureServerOptions } = {},
): Promise<TestHttp2Server> {
  const { secure } = options;
  const server =
    secure === undefined ? http2.createServer(options) : http2.createSecureServer({ ...options, ...secure });
  const made: Omit<TestHttp2Server, 'place'> = {
    sessions: [],
    streams: new Set(),
    onHttp1: () => undefined,
    onUpgrade: (_, socket) => socket.destroy(),
  };
  server.on('session', (session) => {
    made.sessions.push(session);
    session.on('error', () => {}); // Its 'close' follows.
  });
  server.on('stream', (stream: http2.ServerHttp2Stream, head: http2.IncomingHttpHeaders) => {
    made.streams.add(stream);
    stream.on('error', () => {});
    stream.on('close', () => made.streams.delete(stream));
    script(stream, head);
  });
  if (secure?.allowHTTP1 === true) speakHttp1(server, made);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.after(() => {
    for (const session of made.sessions) session.destroy();
    server.close();
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens at an address
  const { port } = server.address() as net.AddressInfo;
  return Object.assign(made, { place: { kind: 'tcp', host: '127.0.0.1', port } } as const);
}

/** Node has one event for requests of both protocols. */
function speakHttp1(server: http2.Http2Server, made: Pick<TestHttp2Server, 'onHttp1' | 'onUpgrade'>): void {
  server.on('request', (request: unknown, response: unknown) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of HTTP/1 it is what node:http says
    const old = request as http.IncomingMessage;
    if (old.httpVersionMajor === 1) made.onHttp1(old, response as http.ServerResponse);
  });
  server.on('upgrade', (request: http.IncomingMessage, socket: Duplex) => {
    socket.on('error', () => {});
    made.onUpgrade(request, socket);
  });
  const sockets = new Set<Duplex>();
  server.on('secureConnection', (socket: Duplex) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('close', () => {
    for (const socket of sockets) socket.destroy();
  });
}
