import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { WebSocket, WebSocketServer, type ClientOptions, type ServerOptions } from 'ws';

import type { Place } from './plan-of.ts';
import type { World } from './proxy-test.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';

/** How a WebSocket was closed. */
export type Closed = readonly [code: number, reason: string];

/** A server of the `ws` package, which ends with the test. */
export async function webSocketServer(
  world: World,
  onSocket: (socket: WebSocket) => void,
  options: ServerOptions = {},
): Promise<{ readonly place: Place; readonly server: WebSocketServer; readonly closed: Closed[] }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options });
  const closed: Closed[] = [];
  server.on('connection', (socket) => {
    socket.on('error', () => {}); // Told by 'close'.
    socket.on('close', (code, reason) => closed.push([code, reason.toString()]));
    onSocket(socket);
  });
  await once(server, 'listening');
  world.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { place: { kind: 'tcp', host: '127.0.0.1', port }, server, closed };
}

/** A client of the `ws` package, open, which ends with the test. */
export async function webSocketClient(
  world: World,
  proxy: ProxyUnderTest | string,
  options: ClientOptions & { readonly path?: string } = {},
): Promise<WebSocket> {
  const base = typeof proxy === 'string' ? proxy : `ws://${proxy.authority}`;
  const socket = new WebSocket(base + (options.path ?? '/'), options);
  world.after(() => socket.terminate());
  socket.on('error', () => {}); // Whoever waits for something is told by that.
  await once(socket, 'open');
  return socket;
}

/** Code and reason, when it is closed. */
export async function closeOf(socket: WebSocket): Promise<Closed> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return [code, reason.toString()];
}

/** The status of a refusal. */
export async function refusal(proxy: ProxyUnderTest): Promise<number | undefined> {
  const socket = new WebSocket(`ws://${proxy.authority}/`);
  socket.on('error', () => {});
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  socket.once('unexpected-response', (request, answer) => {
    resolve(answer.statusCode);
    answer.resume();
    request.destroy();
  });
  socket.once('open', () => {
    socket.terminate();
    resolve(101);
  });
  return await promise;
}
