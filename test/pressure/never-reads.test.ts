/** Clients that ask and ask, and take little or nothing of what comes. */
import assert from 'node:assert/strict';

import { proxyTest } from '../harness/proxy-test.ts';
import type { RawPeer } from '../harness/raw-peer.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { until } from '../harness/until.ts';

const request = 'GET /much HTTP/1.1\r\nHost: a\r\n\r\n';
const count = 10_000;

/** What the kernel's buffers of two sockets may hold together, however it tunes them (`net.ipv4.tcp_wmem`, `tcp_rmem`). */
const kernelBytes = 32 * 1_048_576;
const body = 'x'.repeat(32_768);

proxyTest(
  '10,000 requests of a client that reads nothing cost as many answers as the kernel takes, and end by write-timeout',
  async (world) => {
    const { proxy, server } = await world.proxyTo(
      serve(() => ok(body)),
      { timeouts: { writeMs: 700 } },
    );
    const client = await world.client(proxy);
    client.stall();
    const before = process.memoryUsage();
    client.send(request.repeat(count));
    await until('the end of the connection', () => proxy.status.connections === 0);
    const asked = server.requests.length;
    assert.ok(asked * body.length < kernelBytes, `${asked} requests came to the server`);
    const grown = process.memoryUsage().rss - before.rss;
    assert.ok(grown < 64 * 1_048_576, `${grown} bytes more than before`);
    await until('its line', () => proxy.log.read().some(({ reason }) => reason === 'write-timeout'));
    assert.equal(proxy.log.read().filter(({ reason }) => reason === 'write-timeout').length, 1);
  },
);

proxyTest('a client that reads nothing and goes on sending is not read from for long', async (world) => {
  const { proxy, server } = await world.proxyTo(
    serve(() => ok(body)),
    { timeouts: { writeMs: 700 } },
  );
  const client = await world.client(proxy);
  client.stall();
  let sent = 0;
  const more = (): void => {
    while (!client.socket.destroyed && sent < 64 * 1_048_576) {
      sent += request.length * 1000;
      if (!client.send(request.repeat(1000))) return void client.socket.once('drain', more);
    }
  };
  more();
  await until('the end of the connection', () => proxy.status.connections === 0);
  assert.ok(
    server.requests.length * body.length < kernelBytes,
    `${server.requests.length} requests came to the server`,
  );
  assert.ok(sent < 64 * 1_048_576, 'all was taken');
  await until('its line', () => proxy.log.read().some(({ reason }) => reason === 'write-timeout'));
});

/** Reads about so much a second, in small pieces. */
function dribble(client: RawPeer, bytes: number): NodeJS.Timeout {
  client.stall();
  return setInterval(() => void client.socket.read(bytes), 50);
}

proxyTest(
  'others are served while a crowd reads nothing, and each of the crowd ends by write-timeout',
  async (world) => {
    const big = ok('y'.repeat(8 * 1_048_576));
    const { proxy } = await world.proxyTo(
      serve(({ start }) => (start.includes('/big') ? big : ok('small'))),
      { timeouts: { writeMs: 700 } },
    );
    const crowd: RawPeer[] = [];
    for (let i = 0; i < 40; i++) {
      const client = await world.client(proxy);
      client.stall();
      client.send('GET /big HTTP/1.1\r\nHost: a\r\n\r\n');
      crowd.push(client);
    }
    const other = await world.client(proxy);
    while (proxy.status.connections > 1) {
      other.send('GET /small HTTP/1.1\r\nHost: a\r\n\r\n');
      await other.takeThrough('small');
    }
    const ended = (): number => proxy.log.read().filter(({ reason }) => reason === 'write-timeout').length;
    await until('a line for each', () => ended() === crowd.length);
  },
);

proxyTest('a client that reads a little all the time may, and costs no more memory for it', async (world) => {
  const { proxy, server } = await world.proxyTo(
    serve(() => ok('z'.repeat(1_048_576))),
    { timeouts: { writeMs: 1500 } },
  );
  const client = await world.client(proxy);
  const timer = dribble(client, 1);
  world.after(() => clearInterval(timer));
  client.send(request.repeat(1000));
  await until('the end of the connection', () => proxy.status.connections === 0);
  assert.ok(server.requests.length * 1_048_576 < kernelBytes, `${server.requests.length} requests came to the server`);
  await until('its line', () => proxy.log.read().some(({ reason }) => reason === 'write-timeout'));
});
