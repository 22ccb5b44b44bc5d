import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';

import { ok, RawServer, serve } from '../harness/raw-server.ts';
import { until } from '../harness/until.ts';
import type { SharedWork } from './shared-worker.ts';
import { threads, ThreadSite } from './thread-site.ts';

const timeout = 60_000;

/** How far the one with the most is before the one with the least. */
function difference(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

/** What four threads that pick at once have picked together. */
async function pickedByFour(t: TestContext, weights: readonly number[], rounds: number): Promise<number[]> {
  const workerData: SharedWork = { kind: 'pick', memory: new SharedArrayBuffer(4), weights, rounds };
  const entry = new URL('./shared-worker.ts', import.meta.url);
  const workers = Array.from({ length: 4 }, () => new Worker(entry, { workerData }));
  t.after(() => Promise.all(workers.map((worker) => worker.terminate())));
  const told = await Promise.all(workers.map((worker) => once(worker, 'message') as Promise<[number[]]>));
  return weights.map((_, i) => told.reduce((sum, [picked]) => sum + picked[i]!, 0));
}

void test('picks of four threads at once are spread exactly', { timeout }, async (t) => {
  const rounds = 200_001;
  const counts = await pickedByFour(t, [1, 1, 1, 1, 1, 1, 1], rounds);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    4 * rounds,
  );
  assert.ok(difference(counts) <= 1, counts.join(', '));
});

void test('picks of four threads at once are spread exactly by weight', { timeout }, async (t) => {
  assert.deepEqual(await pickedByFour(t, [5, 1, 3, 2], 11_000), [20_000, 4000, 12_000, 8000]);
  // More steps than a table has.
  const long = [6000, 1, 999, 3000, 1000];
  assert.deepEqual(
    await pickedByFour(t, long, 27_500),
    long.map((weight) => weight * 10),
  );
});

/** Servers beside the one that a site has. */
async function serversFor(t: { after(end: () => unknown): void }, count: number): Promise<RawServer[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => RawServer.start(serve(() => ok('hello')))));
  t.after(() => Promise.all(servers.map((server) => server.stop())));
  return servers;
}

void test(
  'the round of a pool is one for all threads, over reloads and the death of a thread',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t);
    const servers = await serversFor(t, 5);
    const requests = (): number[] => servers.map((server) => server.requests.length);

    await site.apply({ servers });
    // The kernel spreads them over the threads by chance: of so many each has some, but once in 10^9 times.
    assert.equal((await site.connect(58)).length, 58);
    const each = (await site.group.threads()).map(({ traffic }) => traffic?.exchangesTotal ?? 0);
    assert.ok(
      each.every((exchanges) => exchanges > 0),
      `all threads had some: ${each.join(', ')}`,
    );
    assert.deepEqual(requests(), [12, 12, 12, 11, 11]);

    await site.apply({ servers, connections: { total: 5000 } });
    await site.connect(1);
    assert.deepEqual(requests(), [12, 12, 12, 12, 11], 'a reload keeps the round');

    await site.apply({ servers, pool: { timeouts: { firstByteMs: 5000 } } });
    await site.connect(1);
    assert.deepEqual(requests(), [12, 12, 12, 12, 12], 'also where the pool has changed, but not its servers');

    site.kill(1);
    await until('the loss', () => site.group.facts.some(({ state }) => state === 'starting'));
    await until('the replacement', () => site.group.facts.every(({ state }) => state === 'running'));
    assert.equal((await site.connect(57)).length, 57);
    const last = (await site.group.threads()).map(({ traffic }) => traffic?.exchangesTotal ?? 0);
    assert.equal(last.filter((exchanges) => exchanges > 0).length, threads, `all threads: ${last.join(', ')}`);
    assert.deepEqual(requests(), [24, 24, 23, 23, 23]);

    await site.apply({ servers, pool: { weights: [1, 2, 3, 4, 5] } });
    await site.connect(30);
    assert.deepEqual(requests(), [26, 28, 29, 31, 33], 'by weight');
  },
);

void test('a plan that is refused leaves the round as it is', { timeout }, async (t) => {
  const site = await ThreadSite.start(t);
  const servers = await serversFor(t, 3);
  await site.apply({ servers });
  await site.connect(4);
  const { place } = servers[0]!;
  assert.ok(place.kind === 'tcp');
  const refused = { servers, pool: { timeouts: { firstByteMs: 5000 } }, listeners: { main: place } };
  await assert.rejects(site.apply(refused), /Cannot listen/);
  await site.connect(5);
  assert.deepEqual(
    servers.map((server) => server.requests.length),
    [3, 3, 3],
  );
});
