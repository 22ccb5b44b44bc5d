import assert from 'node:assert/strict';

import type { BufferConfig, FeaturePlan } from '../../src/proxy/index.ts';
import { receive, sip } from '../harness/body-stream.ts';
import { readAnswer, readHead, statusOf, textOf } from '../harness/message.ts';
import { Pattern } from '../harness/pattern.ts';
import { needing } from '../harness/peers/needing.ts';
import { tlsPlan } from '../harness/certificates.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { tlsPeer } from '../harness/tls-clients.ts';
import { tlsServer } from '../harness/tls-server.ts';
import { tlsSite } from '../harness/tls-site.ts';
import type { RawPeer } from '../harness/raw-peer.ts';
import { ok } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

const { proxyTest: overTls } = needing('openssl');

const MB = 1_000_000;
const odd = [1, 2, 7, 4095, 4096, 4097, 8193, 65_535, 65_536, 65_537, 100_003, 3, 300_000];

type Framing = 'length' | 'chunked' | 'close';

/** How the bytes go: which side speaks TLS, and whether `buffer` is on the way. */
type Way = 'plain' | 'TLS to clients' | 'TLS to the server' | 'TLS on both sides' | 'buffer';

const site = tlsSite();

interface Ground {
  readonly proxy: ProxyUnderTest;
  /** Connections of its servers. */
  readonly peers: readonly RawPeer[];
  connect(): Promise<RawPeer>;
}

/** A proxy before so many servers, which all do the same. */
async function ground(world: World, way: Way, script: (peer: RawPeer) => Promise<void>, servers = 1): Promise<Ground> {
  const [clientTls, serverTls] = [/clients|both/.test(way), /server|both/.test(way)];
  const peers: RawPeer[] = [];
  const each = (peer: RawPeer): Promise<void> => {
    peers.push(peer);
    return script(peer);
  };
  const options = { cert: site.a?.chain, key: site.a?.key };
  const places = await Promise.all(
    Array.from({ length: servers }, () => (serverTls ? tlsServer(world, options, each) : world.server(each))),
  );
  const proxy = await world.proxy({
    servers: places,
    ...(serverTls && { pool: { secure: true, tls: { ca: site.ca.cert, serverName: 'a.test' } } }),
    ...(clientTls && { tls: tlsPlan([site.a]) }),
    ...(way === 'buffer' && { routes: [{ more: { middleware: [buffer(await world.folder())] } }] }),
  });
  return { proxy, peers, connect: () => (clientTls ? tlsPeer(world, proxy.port()) : world.client(proxy)) };
}

function buffer(folder: string): FeaturePlan {
  const side = { memory: 100_000, disk: 40 * MB };
  const config: BufferConfig = { request: side, response: side, total: 100 * MB, path: folder };
  return { name: 'buffer', config };
}

function answerHead(framing: Framing, length: number): string {
  const field = { length: `Content-Length: ${length}\r\n`, chunked: 'Transfer-Encoding: chunked\r\n', close: '' }[
    framing
  ];
  return `HTTP/1.1 200 OK\r\n${field}\r\n`;
}

/** Waits until what all peers send goes no further. */
async function backedUp(peers: readonly RawPeer[]): Promise<void> {
  let [last, same] = [-1, 0];
  await until('back-pressure', () => {
    const written = peers.reduce((sum, { socket }) => sum + socket.bytesWritten - socket.writableLength, 0);
    same = written === last ? same + 1 : 0;
    last = written;
    return same > 5 && written > 0;
  });
}

/** What both directions are told. */
interface Flow {
  readonly count: number;
  readonly length: number;
  readonly framing: Framing;
  readonly way?: Way;
  readonly servers?: number;
}

/** The number of the request that came, which its path is. */
async function numberOf(peer: RawPeer): Promise<number> {
  return Number((await readHead(peer)).start.split(' ')[1]!.slice(1));
}

/** Downloads over many connections at once: their clients read nothing at first, then in sips. */
async function download(world: World, { count, length, framing, way = 'plain' }: Flow): Promise<void> {
  const patterns = Array.from({ length: count }, () => new Pattern());
  const { peers, connect } = await ground(world, way, async (peer) => {
    const pattern = patterns[await numberOf(peer)]!;
    peer.send(answerHead(framing, length));
    await pattern.pour(peer, length, { sizes: odd, chunked: framing === 'chunked' });
    peer.end(framing === 'chunked' ? '0\r\n\r\n' : undefined);
  });
  const before = process.memoryUsage().rss;
  const clients: RawPeer[] = [];
  for (const i of patterns.keys()) {
    const client = await connect();
    client.stall();
    client.send(get(`/${i}`));
    clients.push(client);
  }
  await until('all requests', () => peers.length === count);
  await backedUp(peers);
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

/** Uploads over many connections at once: their servers read nothing at first, then in sips. */
async function upload(world: World, { count, length, framing, way = 'plain', servers = 1 }: Flow): Promise<void> {
  const chunked = framing === 'chunked';
  const patterns = Array.from({ length: count }, () => new Pattern());
  const clients: RawPeer[] = [];
  const { peers, connect } = await ground(
    world,
    way,
    async (peer) => {
      const pattern = patterns[await numberOf(peer)]!;
      peer.stall();
      await until('all of them', () => peers.length === count);
      await backedUp(clients);
      const stop = sip(peer);
      // A buffered request has a length, however it came.
      await receive(peer, { pattern, length, chunked: chunked && way !== 'buffer' });
      stop();
      peer.send(ok('taken'));
    },
    servers,
  );
  const done: Promise<void>[] = [];
  for (const [i, pattern] of patterns.entries()) {
    const client = await connect();
    client.send(
      `POST /${i} HTTP/1.1\r\nHost: a\r\n${chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`}\r\n\r\n`,
    );
    clients.push(client);
    done.push(
      pattern.pour(client, length, { sizes: odd, chunked }).then(() => void (chunked && client.send('0\r\n\r\n'))),
    );
  }
  for (const client of clients) assert.equal(textOf(await readAnswer(client)), 'taken');
  await Promise.all(done);
}

proxyTest('48 MB to two stalled and then slow clients at once: every byte is in its place', (world) =>
  download(world, { count: 2, length: 48 * MB, framing: 'length' }),
);

proxyTest('the same in chunks of odd sizes', (world) =>
  download(world, { count: 2, length: 24 * MB, framing: 'chunked' }),
);

proxyTest('the same up to the close', (world) => download(world, { count: 2, length: 24 * MB, framing: 'close' }));

proxyTest('48 MB from two clients to two stalled and then slow servers at once', (world) =>
  upload(world, { count: 2, length: 48 * MB, framing: 'length', servers: 2 }),
);

proxyTest('the same in chunks of odd sizes, to one server', (world) =>
  upload(world, { count: 2, length: 24 * MB, framing: 'chunked' }),
);

proxyTest('30 uploads in chunks at once do not mix', (world) =>
  upload(world, { count: 30, length: MB, framing: 'chunked' }),
);

for (const framing of ['length', 'chunked'] as const) {
  proxyTest(`40 downloads at once (${framing}) do not mix`, (world) =>
    download(world, { count: 40, length: MB, framing }),
  );
  for (const way of ['TLS to clients', 'TLS to the server', 'TLS on both sides'] as const) {
    overTls(`12 MB to two stalled clients at once (${framing}, ${way})`, (world) =>
      download(world, { count: 2, length: 12 * MB, framing, way }),
    );
    overTls(`12 MB from two clients to two stalled servers at once (${framing}, ${way})`, (world) =>
      upload(world, { count: 2, length: 12 * MB, framing, way, servers: 2 }),
    );
  }
  proxyTest(`24 MB to two stalled clients at once, through \`buffer\` (${framing})`, (world) =>
    download(world, { count: 2, length: 24 * MB, framing, way: 'buffer' }),
  );
  proxyTest(`24 MB from two clients to two stalled servers at once, through \`buffer\` (${framing})`, (world) =>
    upload(world, { count: 2, length: 24 * MB, framing, way: 'buffer', servers: 2 }),
  );
}

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
