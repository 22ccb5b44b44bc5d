import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';

import { askHttp } from '../harness/ask.ts';
import { answering, h2Site } from '../harness/h2-site.ts';
import { http2Server, type StreamScript } from '../harness/http2-server.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { until } from '../harness/until.ts';

proxyTest(
  'no more streams than the server allows, also when that changes; the others get another connection',
  async (world) => {
    const { proxy, server } = await h2Site(world, { options: { settings: [[3, 2]] } });
    const asks = [askHttp(proxy.port())];
    const first = await server.connection();
    await first.stream(0);
    await first.expect('Settings', { flags: 1 });
    for (let i = 0; i < 3; i++) asks.push(askHttp(proxy.port()));
    const second = await server.connection(1);
    await second.waitFor('two streams', () => second.streams.length === 2);
    await first.waitFor('two streams', () => first.streams.length === 2);
    await second.expect('Settings', { flags: 1 });
    second.settings([3, 3]);
    await second.expect('Settings', { flags: 1 });
    asks.push(askHttp(proxy.port()));
    await second.waitFor('three streams', () => second.streams.length === 3);
    for (const id of first.streams) first.answer(id, 'ok');
    for (const id of second.streams) second.answer(id, 'ok');
    for (const { status } of await Promise.all(asks)) assert.equal(status, 200);
    assert.equal(server.connections.length, 2);
  },
);

proxyTest('a server that allows no stream is waited for, and not dialled again and again', async (world) => {
  const { proxy, server } = await h2Site(world, {
    pool: { timeouts: { connectMs: 4000 } },
    options: { settings: [[3, 1]] },
  });
  const warm = askHttp(proxy.port());
  const connection = await server.connection();
  connection.answer(await connection.stream(0), 'ok');
  await warm;
  connection.settings([3, 0]);
  await connection.roundTrip();
  const waiting = [askHttp(proxy.port(), { path: '/late' })];
  await until('an exchange that waits', () => proxy.status.exchanges === 1);
  proxy.turnClock(4500);
  assert.equal((await waiting[0]!).status, 503);
  waiting.push(askHttp(proxy.port(), { path: '/soon' }));
  await until('an exchange that waits', () => proxy.status.exchanges === 1);
  connection.settings([3, 1]);
  connection.answer(await connection.stream(1), 'ok');
  assert.equal((await waiting[1]!).status, 200);
  assert.equal(server.connections.length, 1);
  proxy.expectLine({ path: '/late', reason: 'server-refused-stream' });
});

proxyTest('many requests at once wait for the one connection that is being opened', async (world) => {
  const { proxy, server } = await h2Site(world, { script: answering });
  const answers = await Promise.all(Array.from({ length: 80 }, () => askHttp(proxy.port())));
  for (const { body } of answers) assert.equal(body.toString(), 'connection 0');
  assert.equal(server.connections.length, 1);
  await until('idleness', () => proxy.serverConnections.idle === 1);
  assert.deepEqual(proxy.serverConnections, { open: 1, idle: 1 });
});

proxyTest('maxConnections holds for connections, and their streams are shared', async (world) => {
  const { proxy, server } = await h2Site(world, {
    pool: { serverLimits: { maxConnections: 1 }, capacity: undefined },
    options: { settings: [[3, 2]] },
  });
  const asks = [askHttp(proxy.port())];
  const connection = await server.connection();
  await connection.stream(0);
  await connection.expect('Settings', { flags: 1 });
  for (let i = 0; i < 3; i++) asks.push(askHttp(proxy.port()));
  await connection.stream(1);
  for (let i = 0; i < 4; i++) connection.answer(await connection.stream(i), 'ok');
  for (const { status } of await Promise.all(asks)) assert.equal(status, 200);
  assert.equal(server.connections.length, 1);
});

for (const [what, idleConnections, connections] of [
  ['as many requests as maxRequests says', { maxRequests: 2 }, 2],
  ['one request where none is kept', { max: 0 }, 4],
] as const)
  proxyTest(`a connection carries ${what}`, async (world) => {
    const { proxy, server } = await h2Site(world, { script: answering, pool: { idle: idleConnections } });
    for (let i = 0; i < 4; i++) assert.equal((await askHttp(proxy.port())).status, 200);
    assert.equal(server.connections.length, connections);
    await until('their end', () => proxy.serverConnections.open === 0);
  });

proxyTest(
  'a connection that is not used closes after idleMs, with GOAWAY; one that is too old takes no more',
  async (world) => {
    const { proxy, server } = await h2Site(world, {
      script: answering,
      pool: { idle: { idleMs: 15_000, maxAgeMs: 50_000 } },
    });
    await askHttp(proxy.port());
    proxy.turnClock(15_500);
    await server.connections[0]!.expect('Goaway', { code: 'NO_ERROR' });
    await server.connections[0]!.closed();
    for (let i = 0; i < 6; i++) {
      assert.equal((await askHttp(proxy.port())).body.toString(), i < 5 ? 'connection 1' : 'connection 2');
      proxy.turnClock(11_000);
    }
  },
);

proxyTest('an operator can cut the connections of a server', async (world) => {
  const { proxy, server } = await h2Site(world);
  const asked = askHttp(proxy.port());
  const connection = await server.connection();
  await connection.stream(0);
  proxy.plane.cut('main', 'main-0');
  assert.equal((await asked).status, 503);
  await connection.closed();
  proxy.expectLine({ path: '/', reason: 'server-cut' });
});

proxyTest('clients that do not read fill one connection, and the others get another', async (world) => {
  const large = Buffer.alloc(40_000_000, 'x');
  const script: StreamScript = (stream, head) => {
    stream.respond({ ':status': 200 });
    stream.end(head[':path'] === '/slow' ? large : 'small');
  };
  const server = await http2Server(world, script, { maxSessionMemory: 1000 });
  const proxy = await world.proxy({ servers: [server.place], pool: { protocol: { version: 'http2' } } });
  const slow = await Promise.all(Array.from({ length: 4 }, () => slowClient(proxy.port())));
  await until('requests that wait for their clients', () => server.streams.size === slow.length);
  // What the kernel takes of each of them goes first: then the connection is full.
  await until('another connection', () => {
    void askHttp(proxy.port(), { path: '/small' });
    return server.sessions.length === 2;
  });
  for (let i = 0; i < 10; i++) assert.equal((await askHttp(proxy.port(), { path: '/small' })).body.toString(), 'small');
  assert.equal(server.sessions.length, 2);
  for (const client of slow) client.resetAndDestroy();
});

/** Asks, and reads nothing: what the kernels hold of it is little. */
async function slowClient(port: number): Promise<net.Socket> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.pause();
  await once(socket, 'connect');
  socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
  return socket;
}
