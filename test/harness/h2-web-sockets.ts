import { once } from 'node:events';
import http2, { type ClientHttp2Session, type Http2Stream, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

import { WebSocket, type ClientOptions } from 'ws';

import type { Place } from './plan-of.ts';
import type { World } from './proxy-test.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';

/** What the `ws` package has for such streams, and does not name in its types. */
interface Joining {
  _isServer: boolean;
  setSocket(stream: Socket, head: Buffer, options: { readonly maxPayload: number }): void;
}

/** A WebSocket of the `ws` package over a stream of HTTP/2 (RFC 8441). */
function over(stream: Http2Stream, role: 'client' | 'server'): WebSocket {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- null: a socket is set below
  const socket = new WebSocket(null as unknown as string, undefined, {
    closeTimeout: 10_000,
    autoPong: true,
  } as ClientOptions);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of that package
  const joining = socket as unknown as Joining;
  // oxlint-disable-next-line eslint/no-underscore-dangle -- its name
  joining._isServer = role === 'server';
  socket.on('error', () => {}); // Told by 'close'.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as far as it is used
  joining.setSocket(stream as unknown as Socket, Buffer.alloc(0), { maxPayload: 20_000_000 });
  return socket;
}

/** A connection of HTTP/2 with prior knowledge, once the other side has said that it takes WebSockets. */
export async function h2Session(world: World, proxy: ProxyUnderTest): Promise<ClientHttp2Session> {
  const session = http2.connect(`http://${proxy.authority}`);
  session.on('error', () => {});
  world.after(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
}

/** Asks for a WebSocket. @returns the status, and the socket where it is 200. */
export async function h2WebSocket(
  session: ClientHttp2Session,
  fields: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly socket: WebSocket | undefined; readonly stream: Http2Stream }> {
  const stream = session.request({
    ...{ ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'http', ':path': '/' },
    'sec-websocket-version': '13',
    ...fields,
  });
  stream.on('error', () => {});
  const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
  const status = Number(head[':status']);
  if (status !== 200) stream.resume();
  return { status, socket: status === 200 ? over(stream, 'client') : undefined, stream };
}

/** A server of HTTP/2 with prior knowledge that opens a WebSocket on each stream that asks for one, and answers others with 200. */
export async function h2WebSocketServer(
  world: World,
  onSocket: (socket: WebSocket) => void,
): Promise<{ readonly place: Place; readonly closed: (readonly [number, string])[] }> {
  const server = http2.createServer({ settings: { enableConnectProtocol: true } });
  const closed: (readonly [number, string])[] = [];
  server.on('stream', (opened, head) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- those of a server
    const stream = opened as ServerHttp2Stream;
    stream.on('error', () => {});
    stream.respond({ ':status': 200 });
    if (head[':protocol'] !== 'websocket') {
      stream.end('plain');
      return;
    }
    const socket = over(stream, 'server');
    socket.on('close', (code, reason) => closed.push([code, reason.toString()]));
    onSocket(socket);
  });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
    session.on('close', () => sessions.delete(session));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { place: { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port }, closed };
}
