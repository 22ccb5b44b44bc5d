import assert from 'node:assert/strict';

import { receive, sip } from '../harness/body-stream.ts';
import { readAnswer, readHead, statusOf, textOf } from '../harness/message.ts';
import { Pattern } from '../harness/pattern.ts';
import type { World } from '../harness/proxy-test.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import type { RawPeer } from '../harness/raw-peer.ts';
import { ok } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

const MB = 1_000_000;
const odd = [1, 2, 7, 4095, 4096, 4097, 8193, 65_535, 65_536, 65_537, 100_003, 3, 300_000];

type Framing = 'length' | 'chunked' | 'close';

function answerHead(framing: Framing, length: number): string {
  const field = { length: `Content-Length: ${length}\r\n`, chunked: 'Transfer-Encoding: chunked\r\n', close: '' }[
    framing
  ];
  return `HTTP/1.1 200 OK\r\n${field}\r\n`;
}

/** Waits until what a peer sends goes no further. */
async function backedUp(peers: readonly RawPeer[]): Promise<void> {
  let last = -1;
  let same = 0;
  await until('back-pressure', () => {
    const written = peers.reduce((sum, { socket }) => sum + socket.bytesWritten - socket.writableLength, 0);
    same = written === last ? same + 1 : 0;
    last = written;
    return same > 5 && written > 0;
  });
}

/** Downloads over many connections at once: their clients read nothing at first, then in sips. */
async function download(world: World, count: number, length: number, framing: Framing): Promise<void> {
  const patterns = Array.from({ length: count }, () => new Pattern());
  const { proxy, server } = await world.proxyTo(async (peer) => {
    const number = Number((await readHead(peer)).start.split(' ')[1]!.slice(1));
    peer.send(answerHead(framing, length));
    await patterns[number]!.pour(peer, length, { sizes: odd, chunked: framing === 'chunked' });
    peer.end(framing === 'chunked' ? '0\r\n\r\n' : undefined);
  });
  const before = process.memoryUsage().rss;
  const clients: RawPeer[] = [];
  for (const i of patterns.keys()) {
    const client = await world.client(proxy);
    client.stall();
    client.send(get(`/${i}`));
    clients.push(client);
  }
  await until('all requests', () => server.peers.length === count);
  await backedUp(server.peers);
  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < 100 * MB, `${grown} bytes more memory with ${count} stalled clients`);
  const stops = clients.map((client) => sip(client));
  await Promise.all(
    clients.map(async (client, i) => {
      await readHead(client);
      await receive(client, { pattern: patterns[i]!, length, chunked: framing !== 'length' });
    }),
  );
  for (const stop of stops) stop();
}

proxyTest('48 MB to two stalled and then slow clients at once: every byte is in its place', (world) =>
  download(world, 2, 48 * MB, 'length'),
);

proxyTest('the same in chunks of odd sizes', (world) => download(world, 2, 24 * MB, 'chunked'));

proxyTest('the same up to the close', (world) => download(world, 2, 24 * MB, 'close'));

for (const framing of ['length', 'chunked'] as const) {
  proxyTest(`40 downloads at once (${framing}) do not mix`, (world) => download(world, 40, MB, framing));
}

/** Uploads over many connections at once: their server reads nothing at first, then in sips. */
async function upload(world: World, count: number, length: number, chunked: boolean): Promise<void> {
  const patterns = Array.from({ length: count }, () => new Pattern());
  const { proxy, server } = await world.proxyTo(async (peer) => {
    const number = Number((await readHead(peer)).start.split(' ')[1]!.slice(1));
    peer.stall();
    await until('all of them', () => server.peers.length === count);
    await backedUp(clients);
    const stop = sip(peer);
    await receive(peer, { pattern: patterns[number]!, length, chunked });
    stop();
    peer.send(ok('taken'));
  });
  const clients: RawPeer[] = [];
  const done: Promise<void>[] = [];
  for (const [i, pattern] of patterns.entries()) {
    const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
    const client = await world.send(proxy, `POST /${i} HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`);
    clients.push(client);
    done.push(
      pattern.pour(client, length, { sizes: odd, chunked }).then(() => void (chunked && client.send('0\r\n\r\n'))),
    );
  }
  for (const client of clients) assert.equal(textOf(await readAnswer(client)), 'taken');
  await Promise.all(done);
}

proxyTest('48 MB from two clients at once to a stalled and then slow server', (world) =>
  upload(world, 2, 48 * MB, false),
);

proxyTest('the same in chunks of odd sizes', (world) => upload(world, 2, 24 * MB, true));

proxyTest('30 uploads in chunks at once do not mix', (world) => upload(world, 30, MB, true));

proxyTest('both ways at once through tunnels, with slow readers on both sides', async (world) => {
  const length = 12 * MB;
  const both = Array.from({ length: 3 }, () => ({ up: new Pattern(), down: new Pattern() }));
  const { proxy } = await world.proxyTo(async (peer) => {
    const { up, down } = both[Number((await readHead(peer)).start.split(' ')[1]!.slice(1))]!;
    peer.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const stop = sip(peer);
    await Promise.all([
      down.pour(peer, length, { sizes: odd, chunked: false }),
      receive(peer, { pattern: up, length, chunked: false }),
    ]);
    stop();
    peer.end();
  });
  await Promise.all(
    both.map(async ({ up, down }, i) => {
      const client = await world.send(proxy, get(`/${i}`, 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
      assert.equal(statusOf(await readHead(client)), 101);
      const stop = sip(client);
      await Promise.all([
        up.pour(client, length, { sizes: odd, chunked: false }),
        receive(client, { pattern: down, length, chunked: false }),
      ]);
      stop();
    }),
  );
});

proxyTest('an echo of a chunked body as it comes keeps its bytes', async (world) => {
  const length = 8 * MB;
  const [up, down] = [new Pattern(), new Pattern()];
  const { proxy } = await world.proxyTo(async (peer) => {
    await readHead(peer);
    peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    await Promise.all([
      receive(peer, { pattern: up, length, chunked: true }),
      down.pour(peer, length, { sizes: [5, 70_000], chunked: true }),
    ]);
    peer.send('0\r\n\r\n');
  });
  const client = await world.send(proxy, 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  const poured = up.pour(client, length, { sizes: odd, chunked: true }).then(() => client.send('0\r\n\r\n'));
  await readHead(client);
  await receive(client, { pattern: down, length, chunked: true });
  await poured;
});
