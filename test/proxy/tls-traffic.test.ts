import assert from 'node:assert/strict';
import { once } from 'node:events';
import type net from 'node:net';

import { WebSocket, WebSocketServer } from 'ws';

import { tlsPlan } from '../harness/certificates.ts';
import { asTimePasses } from '../harness/h2.ts';
import { readAnswer, textOf } from '../harness/message.ts';
import { Pattern } from '../harness/pattern.ts';
import { needing } from '../harness/peers/needing.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { tlsPeer } from '../harness/tls-clients.ts';
import { tlsProxy, tlsSite } from '../harness/tls-site.ts';
import { until } from '../harness/until.ts';

const { proxyTest } = needing('openssl');

const site = tlsSite();

proxyTest('a connection is kept for many requests, pipelined ones too', async (world) => {
  const proxy = await tlsProxy(world, site);
  const peer = await tlsPeer(world, proxy.port());
  for (let i = 0; i < 20; i++) {
    peer.send(get(`/${i}`));
    assert.match(textOf(await readAnswer(peer)), new RegExp(`^GET /${i} `));
  }
  peer.send(Array.from({ length: 50 }, (_, i) => get(`/p${i}`)).join(''));
  for (let i = 0; i < 50; i++) assert.match(textOf(await readAnswer(peer)), new RegExp(`^GET /p${i} `));
  const versions = [{ version: 'TLSv1.3', full: 1, resumed: 0 }];
  assert.deepEqual(proxy.status.handshakes, { done: 1, resumed: 0, failed: 0, versions });
});

for (const chunked of [false, true]) {
  proxyTest(
    `8 MB go both ways at once, every byte in its place (${chunked ? 'chunked' : 'of known length'})`,
    async (world) => {
      const length = 8_000_000;
      const [up, down] = [new Pattern(), new Pattern()];
      const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
      const { proxy } = await world.proxyTo(
        async (peer) => {
          await peer.takeThrough('\r\n\r\n');
          peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`);
          if (!chunked) {
            up.check(peer.queue.take(peer.queue.length));
            peer.sink = (chunk) => up.check(chunk);
          }
          await down.pour(peer, length, { sizes: [1, 70_000, 1500], chunked: false });
          if (!chunked) await until('the whole request', () => up.seen === length);
        },
        { tls: tlsPlan([site.a]) },
      );
      const peer = await tlsPeer(world, proxy.port());
      peer.send(`POST /b HTTP/1.1\r\nHost: a.test\r\n${framing}\r\n\r\n`);
      const sent = up
        .pour(peer, length, { sizes: [100_000, 7], chunked })
        .then(() => chunked && peer.send('0\r\n\r\n'));
      await peer.takeThrough('\r\n\r\n');
      const waiting = peer.queue.take(peer.queue.length);
      peer.sink = (chunk) => down.check(chunk);
      down.check(waiting);
      await until('the whole answer', () => down.seen === length);
      await sent;
    },
  );
}

proxyTest('a client that has closed its side gets its answer, then close_notify and FIN', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => ok('x'.repeat(500_000))),
    { tls: tlsPlan([site.a]) },
  );
  const peer = await tlsPeer(world, proxy.port());
  peer.end(get('/half'));
  const answer = await readAnswer(peer);
  assert.equal(answer.body.length, 500_000);
  assert.equal(await peer.ended(), 'fin');
});

proxyTest(
  'a client that takes nothing ends in write-timeout, is reset, and holds no more than its share of memory',
  async (world) => {
    let sent = 0;
    const { proxy } = await world.proxyTo(
      async (peer) => {
        await peer.takeThrough('\r\n\r\n');
        peer.send('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n');
        for (; sent < 100_000_000 && peer.ending === 'open'; sent += 1_000_000)
          await peer.pour(Buffer.alloc(1_000_000));
      },
      { tls: tlsPlan([site.a]), timeouts: { writeMs: 5000 } },
    );
    const peer = await tlsPeer(world, proxy.port());
    peer.send(get('/stall'));
    await peer.takeThrough('\r\n\r\n');
    peer.stall();
    proxy.expectLine({ path: '/stall', reason: 'write-timeout' });
    await asTimePasses(proxy, 'an end', () => proxy.log.read().length > 0);
    await proxy.log.ofReason('write-timeout');
    assert.ok(sent < 30_000_000, `${sent} bytes were taken from the server`);
    await until('an end', () => proxy.status.connections === 0);
  },
);

proxyTest('a slow client that takes some bytes now and then gets all of them', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => ok('y'.repeat(12_000_000))),
    {
      tls: tlsPlan([site.a]),
      timeouts: { writeMs: 4000 },
    },
  );
  const peer = await tlsPeer(world, proxy.port());
  let [seen, pieces] = [0, 0];
  peer.sink = (piece) => {
    seen += piece.length;
    if (++pieces % 8 > 0) return;
    proxy.turnClock(200); // 20 sips, which are some megabytes, make up the limit.
    peer.stall();
    setTimeout(() => peer.readOn(), 5);
  };
  peer.send(get('/slow'));
  await until('all of it', () => seen > 12_000_000);
  assert.ok(pieces >= 8 * 60, `${pieces} pieces are less than three times the limit`);
});

proxyTest('WebSocket over TLS', async (world) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  server.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
  world.after(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const proxy = await world.proxy({ servers: [{ kind: 'tcp', host: '127.0.0.1', port }], tls: tlsPlan([site.a]) });
  const socket = new WebSocket(`wss://127.0.0.1:${proxy.port()}/`, { rejectUnauthorized: false });
  world.after(() => socket.terminate());
  await once(socket, 'open');
  for (const size of [0, 126, 65_536, 1_000_000]) {
    const bytes = Buffer.alloc(size, 3);
    socket.send(bytes);
    const [back] = (await once(socket, 'message')) as [Buffer];
    assert.ok(back.equals(bytes));
  }
  socket.close();
  await once(socket, 'close');
});

proxyTest('drain ends idle connections by close_notify, lets a request end, and gives up handshakes', async (world) => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const { proxy } = await world.proxyTo(
    serve(async () => {
      await held;
      return ok('late');
    }),
    { tls: tlsPlan([site.a]) },
  );
  const [idle, busy] = [await tlsPeer(world, proxy.port()), await tlsPeer(world, proxy.port())];
  const half = await world.client(proxy);
  await until('three connections', () => proxy.status.connections === 3);
  busy.send(get('/busy'));
  await until('an exchange', () => proxy.status.exchanges === 1);
  const drained = proxy.plane.drain(5000);
  assert.equal(await idle.ended(), 'fin');
  await half.ended();
  release();
  assert.equal(textOf(await readAnswer(busy)), 'late');
  assert.equal(await busy.ended(), 'fin');
  busy.end();
  idle.end();
  await drained;
});
proxyTest(
  'a client that asks on and on and takes no answers is not served for ever, and ended in time',
  async (world) => {
    const { proxy, server } = await world.proxyTo(
      serve(() => ok('z'.repeat(3000))),
      {
        tls: tlsPlan([site.a]),
        timeouts: { writeMs: 300 },
      },
    );
    const peer = await tlsPeer(world, proxy.port());
    peer.stall();
    const requests = get('/flood').repeat(1000);
    for (let i = 0; i < 20 && peer.ending === 'open'; i++) await peer.pour(Buffer.from(requests));
    await until('an end', () => proxy.status.connections === 0);
    assert.ok(server.requests.length < 20_000, `${server.requests.length} requests reached the server`);
  },
);
