// WebSocket over HTTP/2 on either side or both (RFC 8441): the same bounds and ends as over HTTP/1.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

import type { WebSocket } from 'ws';

import type { TunnelPlan } from '../../src/proxy/plan.ts';
import { h2Session, h2WebSocket, h2WebSocketServer } from '../harness/h2-web-sockets.ts';
import { readHead } from '../harness/message.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { until } from '../harness/until.ts';
import { closeOf, webSocketClient, webSocketServer, type Closed } from '../harness/web-sockets.ts';

const minuteMs = 60_000;
const plain: TunnelPlan = { idleMs: undefined, maxLifeMs: 0, max: 0 };

const echo = (socket: WebSocket): void =>
  void socket.on('message', (data, binary) => socket.send(data as Buffer, { binary }));

type Protocol = 'http1' | 'http2';

interface Site {
  readonly proxy: ProxyUnderTest;
  readonly closed: readonly Closed[];
  /** A WebSocket through the proxy. */
  readonly open: () => Promise<WebSocket>;
}

/** A proxy between a client and a server of these protocols. */
async function site(
  world: World,
  [from, to]: readonly [Protocol, Protocol],
  tunnel: Partial<TunnelPlan>,
): Promise<Site> {
  const { place, closed } = to === 'http2' ? await h2WebSocketServer(world, echo) : await webSocketServer(world, echo);
  const proxy = await world.proxy({
    servers: [place],
    pool: { protocol: { version: to } },
    routes: [{ more: { tunnel: { ...plain, ...tunnel } } }],
  });
  if (from === 'http1') return { proxy, closed, open: () => webSocketClient(world, proxy) };
  const session = await h2Session(world, proxy);
  const open = async (): Promise<WebSocket> => {
    const { socket, status } = await h2WebSocket(session);
    assert.equal(status, 200);
    return socket!;
  };
  return { proxy, closed, open };
}

async function echoes(socket: WebSocket, bytes: Buffer): Promise<void> {
  const answer = once(socket, 'message');
  socket.send(bytes);
  assert.ok(((await answer)[0] as Buffer).equals(bytes), `${bytes.length} bytes`);
}

for (const way of [
  ['http2', 'http1'],
  ['http1', 'http2'],
  ['http2', 'http2'],
] as const) {
  const name = way.join(' to ');

  proxyTest(`${name}: messages of every size, pings, and close codes both ways`, async (world) => {
    const { closed, open, proxy } = await site(world, way, {});
    const socket = await open();
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 3_000_000]) await echoes(socket, randomBytes(size));
    const pong = once(socket, 'pong');
    socket.ping('x');
    await pong;
    assert.equal(proxy.status.tunnels, 1);
    const end = closeOf(socket);
    socket.close(4001, 'bye');
    assert.deepEqual(await end, [4001, 'bye']);
    await until('the close at the server', () => closed.length === 1);
    assert.deepEqual(closed, [[4001, 'bye']]);
    await until('the end', () => proxy.status.exchanges === 0);
    proxy.expectLine({ path: '/', status: 101 });
  });

  proxyTest(`${name}: both sides are told at the end of the longest life`, async (world) => {
    const { closed, open, proxy } = await site(world, way, { maxLifeMs: minuteMs });
    const socket = await open();
    await echoes(socket, Buffer.from('a'));
    const end = closeOf(socket);
    proxy.turnClock(minuteMs + 1);
    assert.equal((await end)[0], 1001);
    await until('the close at the server', () => closed.length === 1);
    assert.equal(closed[0]![0], 1001);
    await until('the end', () => proxy.status.exchanges === 0);
    proxy.expectLine({ path: '/', status: 101, reason: 'tunnel-expired' });
  });

  proxyTest(`${name}: a drain tells all of them, and is over with the last`, async (world) => {
    const { closed, open, proxy } = await site(world, way, {});
    const sockets = await Promise.all(Array.from({ length: 10 }, open));
    const ends = sockets.map(closeOf);
    const begun = performance.now();
    await proxy.plane.drain(60_000);
    assert.ok(performance.now() - begun < 40_000, 'long before the grace is over');
    assert.deepEqual(new Set((await Promise.all(ends)).map(([code]) => code)), new Set([1001]));
    await until('the closes at the server', () => closed.length === 10);
  });

  proxyTest(`${name}: silence ends it, and a reset of the client ends it at the server`, async (world) => {
    const { closed, open, proxy } = await site(world, way, { idleMs: 30_000 });
    const quiet = await open();
    const end = closeOf(quiet);
    proxy.turnClock(30_001);
    assert.equal((await end)[0], 1001);
    await until('its close at the server', () => closed.length === 1);
    const rude = await open();
    rude.terminate();
    await until('both closes at the server', () => closed.length === 2);
    assert.equal(closed[1]![0], 1006);
    await until('the end', () => proxy.status.exchanges === 0);
  });
}

proxyTest('over HTTP/2 a route has no more of them than it may: 503, and the connection goes on', async (world) => {
  const { place } = await webSocketServer(world, echo);
  const proxy = await world.proxy({ servers: [place], routes: [{ more: { tunnel: { ...plain, max: 1 } } }] });
  const session = await h2Session(world, proxy);
  const { socket } = await h2WebSocket(session);
  assert.equal((await h2WebSocket(session)).status, 503);
  socket!.close();
  await closeOf(socket!);
  await until('its place', () => proxy.status.tunnels === 0 && proxy.status.exchanges === 0);
  assert.equal((await h2WebSocket(session)).status, 200);
  proxy.expectLine({ path: '/', status: 503, reason: 'too-many-tunnels' });
});

for (const [what, answer, status, reason] of [
  ['404', 'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno', 404, undefined],
  ['502', 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno', 502, undefined],
  ['200', ok('no'), 502, 'server-upgrade-failed'],
  ['garbage', 'garbage\r\n\r\n', 502, 'server-junk'],
  ['another token', 'HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n', 502, 'server-upgrade-failed'],
] as const) {
  proxyTest(`over HTTP/2 a server that answers with ${what}: ${status}, and the connection goes on`, async (world) => {
    const { proxy, server } = await world.proxyTo(serve(() => answer));
    const session = await h2Session(world, proxy);
    const { status: got, stream } = await h2WebSocket(session);
    assert.equal(got, status);
    stream.close();
    assert.equal((await h2WebSocket(session)).status, status);
    session.close();
    await until('an end', () => server.peers.every(({ ending }) => ending !== 'open') || proxy.status.exchanges === 0);
    proxy.expectLine({ path: '/', status, ...(reason && { reason }) });
  });
}

proxyTest('over HTTP/2 a server that resets or never answers an upgrade: 502 and 504', async (world) => {
  let silent = 0;
  const { proxy } = await world.proxyTo(
    async (peer) => {
      const { start } = await readHead(peer);
      if (start.includes('/reset')) peer.reset();
      else silent++;
    },
    { pool: { timeouts: { firstByteMs: 10_000 } } },
  );
  const session = await h2Session(world, proxy);
  const asked = ['/silent', '/reset'].map((path) => h2WebSocket(session, { ':path': path }));
  assert.equal((await asked[1]!).status, 502);
  await until('the upgrade at the server', () => silent === 1);
  proxy.turnClock(10_500);
  assert.equal((await asked[0]!).status, 504);
  session.close();
});
