import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

import type { WebSocket } from 'ws';

import type { TunnelPlan } from '../../src/proxy/plan.ts';
import { readHead, statusOf } from '../harness/message.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { get } from '../harness/requests.ts';
import { turns, until } from '../harness/until.ts';
import { closeOf, refusal, webSocketClient, webSocketServer, type Closed } from '../harness/web-sockets.ts';

const minuteMs = 60_000;
const plain: TunnelPlan = { idleMs: undefined, maxLifeMs: 0, max: 0 };

const echo = (socket: WebSocket): void =>
  void socket.on('message', (data, binary) => socket.send(data as Buffer, { binary }));

/** A proxy before a server that echoes, with these bounds of the route. */
async function site(
  world: World,
  tunnel: Partial<TunnelPlan> = {},
  onSocket = echo,
): Promise<{ proxy: ProxyUnderTest; closed: Closed[] }> {
  const { place, closed } = await webSocketServer(world, onSocket);
  const proxy = await world.proxy({ servers: [place], routes: [{ more: { tunnel: { ...plain, ...tunnel } } }] });
  return { proxy, closed };
}

async function echoes(socket: WebSocket, text: string): Promise<void> {
  const answer = once(socket, 'message');
  socket.send(text);
  assert.equal(String((await answer)[0]), text);
}

proxyTest(
  'a WebSocket is closed with 1001 on both sides when it has been open for as long as it may',
  async (world) => {
    const { proxy, closed } = await site(world, { maxLifeMs: 10 * minuteMs });
    const socket = await webSocketClient(world, proxy);
    proxy.turnClock(9 * minuteMs);
    await echoes(socket, 'still here');
    const end = closeOf(socket);
    proxy.turnClock(minuteMs);
    assert.deepEqual(await end, [1001, '']);
    await until('the close at the server', () => closed.length === 1);
    assert.deepEqual(closed, [[1001, '']]);
    proxy.expectLine({ path: '/', status: 101, reason: 'tunnel-expired' });
  },
);

proxyTest('silence for as long as the route allows closes a WebSocket with 1001; a ping keeps it', async (world) => {
  const { proxy, closed } = await site(world, { idleMs: 5000 });
  const socket = await webSocketClient(world, proxy);
  for (let i = 0; i < 3; i++) {
    const pong = once(socket, 'pong');
    socket.ping('x');
    await pong;
    proxy.turnClock(5100);
    await turns(3);
    await new Promise((resolve) => void setTimeout(resolve, 250));
  }
  const [first, second] = [closeOf(socket), until('the close at the server', () => closed.length === 1)];
  proxy.turnClock(5100);
  assert.deepEqual(await first, [1001, '']);
  await second;
  assert.deepEqual(closed, [[1001, '']]);
  proxy.expectLine({ path: '/', status: 101, reason: 'tunnel-timeout' });
});

proxyTest(
  'a route has no more WebSockets at once than it may; one more gets 503, and a place that is free is given',
  async (world) => {
    const { proxy } = await site(world, { max: 2 });
    const [first] = [await webSocketClient(world, proxy), await webSocketClient(world, proxy)];
    assert.equal(await refusal(proxy), 503);
    assert.equal(proxy.status.tunnels, 2);
    first.close();
    await closeOf(first);
    await until('its end', () => proxy.status.tunnels === 1);
    const third = await webSocketClient(world, proxy);
    assert.equal(await refusal(proxy), 503);
    await echoes(third, 'in');
    proxy.expectLine({ path: '/', status: 503, reason: 'too-many-tunnels' });
  },
);

proxyTest('an upgrade that a server refuses holds no place', async (world) => {
  const { place } = await webSocketServer(world, echo, { verifyClient: (_, done) => done(false, 404) });
  const proxy = await world.proxy({ servers: [place], routes: [{ more: { tunnel: { ...plain, max: 1 } } }] });
  for (let i = 0; i < 3; i++) {
    assert.equal(await refusal(proxy), 404);
    await until('its end', () => proxy.status.exchanges === 0);
  }
});

proxyTest('places outlive a reload: those that were open before count', async (world) => {
  const { place } = await webSocketServer(world, echo);
  const spec = (max: number) => ({ servers: [place], routes: [{ more: { tunnel: { ...plain, max } } }] });
  const proxy = await world.proxy(spec(2));
  const socket = await webSocketClient(world, proxy);
  await proxy.apply(spec(1));
  assert.equal(await refusal(proxy), 503);
  await echoes(socket, 'still here');
  await proxy.apply(spec(2));
  await webSocketClient(world, proxy);
});

proxyTest('a drain closes all WebSockets with 1001, not all at once, and is over when they are', async (world) => {
  const { proxy, closed } = await site(world);
  const sockets = await Promise.all(Array.from({ length: 120 }, () => webSocketClient(world, proxy)));
  const codes: number[] = [];
  const ends = sockets.map(async (socket) => codes.push((await closeOf(socket))[0]));
  const begun = performance.now();
  const drained = proxy.plane.drain(9000);
  await Promise.all(ends);
  const tookMs = performance.now() - begun;
  await drained;
  assert.ok(tookMs > 700, `all 120 were told within ${tookMs} ms`);
  assert.ok(performance.now() - begun < 8500, 'before the grace was over');
  assert.deepEqual(new Set(codes), new Set([1001]));
  await until('the servers', () => closed.length === 120);
  assert.deepEqual(new Set(closed.map(([code]) => code)), new Set([1001]));
  proxy.expectLine({ path: '/', status: 101, reason: 'tunnel-drained' });
});

proxyTest('a drain waits for what is no WebSocket until the grace is over', async (world) => {
  const { proxy } = await world.proxyTo(
    async (peer) => {
      await readHead(peer);
      peer.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: mine\r\n\r\n');
      peer.sink = (chunk) => void peer.send(chunk);
    },
    { routes: [{ upgrade: ['mine'] }] },
  );
  const client = await world.send(proxy, get('/', 'Connection: Upgrade\r\nUpgrade: mine\r\n'));
  assert.equal(statusOf(await readHead(client)), 101);
  const drained = proxy.plane.drain(3000);
  await new Promise((resolve) => void setTimeout(resolve, 1200)); // A WebSocket would have been told.
  client.send('on');
  assert.equal((await client.takeBytes(2)).toString(), 'on');
  await drained;
  await client.ended();
});

proxyTest('a server that a reload takes out of its pool loses its WebSockets; those of others stay', async (world) => {
  const one = await webSocketServer(world, echo);
  const two = await webSocketServer(world, echo);
  const routes = [
    { path: '/one', pool: 'one' },
    { path: '/', pool: 'both' },
  ];
  const spec = (both: readonly (typeof one)[]) => ({
    pools: { one: { servers: [one.place] }, both: { servers: both.map(({ place }) => place) } },
    routes,
  });
  const proxy = await world.proxy(spec([two, one]));
  const [first, second] = [await webSocketClient(world, proxy), await webSocketClient(world, proxy)];
  const kept = await webSocketClient(world, proxy, { path: '/one' });
  const ends = [closeOf(first), closeOf(second)];
  await proxy.apply(spec([two]));
  const [code] = await Promise.race(ends);
  assert.equal(code, 1001);
  await echoes(kept, 'the same server, of another pool');
  await until('one of them', () => [first, second].some(({ readyState }) => readyState === 1));
  await until('the close at the server', () => one.closed.length > 0);
  assert.deepEqual([one.closed.length, two.closed.length], [1, 0]);
});

proxyTest('in the middle of a message a close waits for its end, and nothing goes behind it', async (world) => {
  const [part, rest] = [Buffer.from([0x82, 10, ...Buffer.from('hello')]), Buffer.from('there')];
  const { proxy, server } = await world.proxyTo(
    async (peer) => {
      await readHead(peer);
      peer.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      peer.send(part);
    },
    { routes: [{ more: { tunnel: { ...plain, maxLifeMs: minuteMs } } }] },
  );
  const client = await world.send(proxy, get('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
  assert.equal(statusOf(await readHead(client)), 101);
  assert.ok((await client.takeBytes(part.length)).equals(part));
  proxy.turnClock(minuteMs + 1);
  const peer = server.peers[0]!;
  assert.equal((await peer.takeBytes(8))[0], 0x88, 'the server hears of it');
  assert.equal(client.queue.length, 0, 'the client does not yet');
  peer.send(Buffer.concat([rest, Buffer.of(0x82, 1, 0x78), Buffer.of(0x88, 0)]));
  assert.deepEqual([...(await client.takeBytes(9))], [...rest, 0x88, 2, 0x03, 0xe9]);
  assert.equal((await client.takeRest()).length, 0);
});

proxyTest(
  'a client that answers no close is left after a while, and its server is told all the same',
  async (world) => {
    const { proxy, closed } = await site(world, { maxLifeMs: minuteMs });
    const fields =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
    const client = await world.send(proxy, get('/', fields));
    assert.equal(statusOf(await readHead(client)), 101);
    proxy.turnClock(minuteMs + 1);
    assert.deepEqual([...(await client.takeBytes(4))], [0x88, 2, 0x03, 0xe9]);
    assert.equal(await client.ended(), 'fin');
    await until('the close at the server', () => closed.length === 1);
    assert.equal(closed[0]![0], 1001);
  },
);

proxyTest('compressed and fragmented messages, 10 MB, pings and pongs pass unchanged', async (world) => {
  const { place } = await webSocketServer(world, echo, { perMessageDeflate: true, maxPayload: 20_000_000 });
  const proxy = await world.proxy({ servers: [place] });
  const socket = await webSocketClient(world, proxy, { perMessageDeflate: { threshold: 0 }, maxPayload: 20_000_000 });
  assert.equal(socket.extensions, 'permessage-deflate');
  for (const bytes of [Buffer.alloc(10_000_000, 'abcdefg'), randomBytes(10_000_000), Buffer.from('short')]) {
    const answer = once(socket, 'message');
    socket.send(bytes);
    assert.ok(((await answer)[0] as Buffer).equals(bytes), `${bytes.length} bytes`);
  }
  const answer = once(socket, 'message');
  const pong = once(socket, 'pong');
  socket.send('frag', { fin: false });
  socket.ping('between');
  socket.send('ments', { fin: true });
  assert.equal(String((await pong)[0]), 'between');
  assert.equal(String((await answer)[0]), 'fragments');
  socket.close(4999, 'done');
  assert.deepEqual(await closeOf(socket), [4999, 'done']);
});
