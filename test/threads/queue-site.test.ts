import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';

import { readAnswer, statusOf, textOf } from '../harness/message.ts';
import { RawPeer } from '../harness/raw-peer.ts';
import { ok, RawServer, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';
import { ThreadSite } from './thread-site.ts';

const timeout = 60_000;
/** Who waits does so for as long as the test may. */
const capacity = { maxRequests: 0, queue: { max: 1024, timeoutMs: timeout } };
const pool = { capacity, serverLimits: { maxRequests: 2 } };

/** A server that answers with the path, some turns later; it knows how many requests it has at once. */
class Counting {
  now = 0;
  most = 0;
  readonly paths: string[] = [];
  readonly #open: (() => void)[] = [];
  readonly script = serve(async ({ start }) => {
    const path = start.split(' ')[1]!;
    this.paths.push(path);
    this.most = Math.max(this.most, ++this.now);
    await new Promise<void>((resolve) => this.#open.push(resolve));
    this.now--;
    return ok(path);
  });

  answer(): void {
    this.#open.shift()?.();
  }
}

async function waiting(site: ThreadSite): Promise<number> {
  return (await site.group.status()).pools[0]!.waiting!;
}

function send(site: ThreadSite, path: string): RawPeer {
  const client = new RawPeer(net.connect(site.port, '127.0.0.1'));
  site.clients.push(client);
  client.send(get(path));
  return client;
}

/** The clients' requests come one after the other, whatever thread has them. */
async function arrive(site: ThreadSite, server: Counting, count: number): Promise<RawPeer[]> {
  const clients: RawPeer[] = [];
  const before = server.paths.length + (await waiting(site));
  for (let i = 0; i < count; i++) {
    clients.push(send(site, `/${i}`));
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await site.holds('a request', async () => server.paths.length + (await waiting(site)) === before + i + 1);
  }
  return clients;
}

void test('three threads never send a server more than it may have, and keep the order', { timeout }, async (t) => {
  const counting = new Counting();
  const server = await RawServer.start(counting.script);
  t.after(() => server.stop());
  const site = await ThreadSite.start(t, { servers: [server], pool });
  const clients = await arrive(site, counting, 30);
  assert.equal(counting.now, 2);
  const loads = await site.group.threads();
  assert.ok(loads.filter(({ traffic }) => traffic!.exchanges > 0).length > 1, 'several threads have some');
  while (counting.paths.length < 30) {
    const { length } = counting.paths;
    counting.answer();
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await until('the next', () => counting.paths.length > length);
  }
  counting.answer();
  counting.answer();
  for (const [i, client] of clients.entries()) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(textOf(await readAnswer(client)), `/${i}`);
  }
  assert.deepEqual(
    counting.paths,
    Array.from({ length: 30 }, (_, i) => `/${i}`),
  );
  assert.equal(counting.most, 2);
  assert.equal(await waiting(site), 0);
});

void test('a reload that raises a limit lets those go that wait, in all threads', { timeout }, async (t) => {
  const counting = new Counting();
  const server = await RawServer.start(counting.script);
  t.after(() => server.stop());
  const site = await ThreadSite.start(t, { servers: [server], pool });
  await arrive(site, counting, 12);
  await site.apply({ servers: [server], pool: { capacity, serverLimits: { maxRequests: 12 } } });
  await until('all at the server', () => counting.now === 12);
  assert.equal(await waiting(site), 0);
  for (let i = 0; i < 12; i++) counting.answer();
});

void test('the places of a thread that dies go to those that wait in others', { timeout }, async (t) => {
  const site = await ThreadSite.start(t, { slow: true, pool: { capacity, serverLimits: { maxRequests: 3 } } });
  for (let i = 0; i < 30; i++) send(site, `/${i}`);
  await site.holds('those that wait', async () => (await waiting(site)) === 27);
  site.kill(0);
  await site.whole(1);
  site.answer();
  const left = await Promise.all(
    site.clients.map((client) =>
      readAnswer(client).then(
        (answer) => statusOf(answer),
        () => 0,
      ),
    ),
  );
  assert.ok(
    left.every((status) => status === 200 || status === 0),
    left.join(),
  );
  assert.ok(left.filter((status) => status === 200).length > 0, left.join());
  await site.holds('an end', async () => {
    const { servers, waiting: queued } = (await site.group.status()).pools[0]!;
    return queued === 0 && servers.length === 1 && servers[0]!.exchanges === 0;
  });
});
