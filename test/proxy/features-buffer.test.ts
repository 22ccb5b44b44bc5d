// buffer end to end: slow clients, slow servers, and those that go away.
import assert from 'node:assert/strict';
import { readdir, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';

import type { BodyLimitConfig, BufferConfig, FeaturePlan } from '../../src/proxy/index.ts';
import { readAnswer, readRequest, statusOf, valueOf } from '../harness/message.ts';
import { randomBytes } from 'node:crypto';
import type { PlanSpec } from '../harness/plan-of.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import { echo, ok, serve } from '../harness/raw-server.ts';
import { chunk, chunkedHead, get, post } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

function features(...middleware: readonly FeaturePlan[]): PlanSpec {
  return { routes: [{ more: { middleware } }] };
}

function limit(max: number): FeaturePlan {
  const config: BodyLimitConfig = { max, exceptions: [] };
  return { name: 'body-limit', config };
}

// --- buffer ----------------------------------------------------------------------------------------------------------

async function bufferIn(world: World, parts: Partial<BufferConfig> = {}): Promise<FeaturePlan> {
  const side = { memory: 16_384, disk: 50_000_000 };
  const config: BufferConfig = {
    request: side,
    response: side,
    total: 100_000_000,
    path: await world.folder(),
    ...parts,
  };
  return { name: 'buffer', config };
}

async function spooled(world: World): Promise<number> {
  const folder = await realpath(await world.folder());
  const names = await readdir('/proc/self/fd');
  const links = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return links.filter((link) => link.startsWith(path.join(folder, 'postern-'))).length;
}

async function nothingSpooled(world: World): Promise<void> {
  // A file may still be on its way to being opened, and is closed at once then: none must stay.
  let quiet = 0;
  for (let i = 0; i < 2000 && quiet < 10; i++) {
    quiet = (await spooled(world)) === 0 ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(quiet, 10, 'looks in a row without an open temporary file');
}

proxyTest('a slow upload reaches the server only when it is whole, with its length', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(echo), features(await bufferIn(world)));
  const bytes = randomBytes(200_000);
  const client = await world.send(proxy, chunkedHead('/up'));
  for (let at = 0; at < bytes.length; at += 20_000) {
    client.send(chunk(bytes.subarray(at, at + 20_000).toString('latin1')));
    await until('what was sent', () => client.socket.writableLength === 0);
  }
  assert.equal(server.bytesReceived, 0);
  client.send('0\r\n\r\n');
  const answer = await readAnswer(client);
  assert.equal(statusOf(answer), 200);
  const [request] = server.requests;
  assert.equal(valueOf(request!, 'content-length'), '200000');
  assert.ok(request!.body.equals(bytes));
  await nothingSpooled(world);
});

proxyTest('trailers keep a buffered request in chunks', async (world) => {
  const { proxy, server } = await world.proxyTo(
    serve(() => ok()),
    features(await bufferIn(world)),
  );
  const client = await world.send(
    proxy,
    `${chunkedHead('/t', 'Trailer: X-Sum\r\n')}${chunk('abc')}0\r\nX-Sum: 7\r\n\r\n`,
  );
  assert.equal(statusOf(await readAnswer(client)), 200);
  assert.equal(server.requests[0]!.body.toString(), 'abc');
  assert.ok(server.requests[0]!.chunked);
  assert.deepEqual(server.requests[0]!.trailers, ['X-Sum: 7']);
});

proxyTest('a client that expects a 100 gets it from the buffer, and the server is not asked', async (world) => {
  const { proxy, server } = await world.proxyTo(
    serve(() => ok()),
    features(await bufferIn(world)),
  );
  const client = await world.send(
    proxy,
    'POST /e HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n',
  );
  assert.match(await client.takeThrough('\r\n\r\n'), /^HTTP\/1\.1 100 /);
  assert.equal(server.bytesReceived, 0);
  client.send('abc');
  assert.equal(statusOf(await readAnswer(client)), 200);
  assert.equal(valueOf(server.requests[0]!, 'expect'), undefined);
});

proxyTest('a server is free long before a slow client has its answer', async (world) => {
  const bytes = randomBytes(20_000_000);
  const { proxy } = await world.proxyTo(
    serve(() => Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n`), bytes])),
    features(await bufferIn(world)),
  );
  const client = await world.client(proxy);
  client.stall();
  client.send(get('/large'));
  await until('an idle connection to the server', () => proxy.serverConnections.idle === 1);
  assert.equal(await spooled(world), 1);
  client.readOn();
  const answer = await readAnswer(client);
  assert.ok(answer.body.equals(bytes));
  await nothingSpooled(world);
});

proxyTest('without room on disk the server waits for the client, who gets everything', async (world) => {
  const bytes = randomBytes(20_000_000);
  const buffer = await bufferIn(world, { response: { memory: 16_384, disk: 1_000_000 } });
  const { proxy, server } = await world.proxyTo(async (peer) => {
    await readRequest(peer);
    peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n`);
    await peer.pour(bytes);
    await peer.takeRest();
  }, features(buffer));
  const client = await world.client(proxy);
  client.stall();
  client.send(get('/large'));
  await until('a temporary file', () => server.peers.length === 1);
  client.readOn();
  assert.ok((await readAnswer(client)).body.equals(bytes));
  await nothingSpooled(world);
});

proxyTest('events are not held, and the first bytes of an answer neither', async (world) => {
  const { proxy } = await world.proxyTo(
    async (peer) => {
      await readRequest(peer);
      peer.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      peer.send(chunk('data: 1\n\n'));
      await peer.takeRest();
    },
    features(await bufferIn(world)),
  );
  const client = await world.send(proxy, get('/events'));
  await client.takeThrough('data: 1\n\n');
  client.reset();
});

proxyTest('clients and servers that go away at any moment leave no file behind', async (world) => {
  const bytes = randomBytes(400_000);
  const { proxy } = await world.proxyTo(
    async (peer) => {
      const { start } = await readRequest(peer);
      peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n`);
      await peer.pour(start.includes('cut') ? bytes.subarray(0, 300_000) : bytes);
      if (start.includes('cut')) peer.reset();
      else await peer.takeRest();
    },
    features(await bufferIn(world)),
  );
  for (let i = 0; i < 60; i++) {
    const client = await world.client(proxy);
    client.stall();
    client.send(
      post(i % 4 === 0 ? '/cut' : '/whole', '').replace('Content-Length: 0', `Content-Length: ${bytes.length}`),
    );
    client.send(bytes.subarray(0, i % 3 === 0 ? 100_000 : bytes.length));
    if (i % 3 !== 0) client.readOn();
    for (let turn = 0; turn < i; turn++) await new Promise((resolve) => void setImmediate(resolve));
    client.reset();
  }
  await nothingSpooled(world);
});

proxyTest('a tunnel goes through a route that buffers', async (world) => {
  const { proxy } = await world.proxyTo(
    async (peer) => {
      await readRequest(peer);
      peer.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      peer.send(await peer.takeBytes(4));
      await peer.takeRest();
      peer.end();
    },
    features(limit(1), await bufferIn(world)),
  );
  const client = await world.send(proxy, get('/ws', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
  await client.takeThrough('\r\n\r\n');
  client.send('ping');
  assert.equal((await client.takeBytes(4)).toString(), 'ping');
  client.end();
  await client.ended();
});
