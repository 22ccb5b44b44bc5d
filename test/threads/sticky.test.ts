// Clients stay with their servers, and pools share requests, over several threads; main changes both while they run.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';

import { SharedBonds } from '../../src/core/shared/shared-bonds.ts';
import type { StickyPlan } from '../../src/proxy/index.ts';
import { CookieJar } from '../harness/cookie-jar.ts';
import { textOf, valueOf, type Message } from '../harness/message.ts';
import { RawPeer } from '../harness/raw-peer.ts';
import { ok, RawServer, serve } from '../harness/raw-server.ts';
import type { BondsWork } from './bonds-worker.ts';
import { threads, ThreadSite } from './thread-site.ts';

const timeout = 60_000;
const cookie = { name: 'srv', path: '/', domain: undefined, sameSite: 'Lax', secret: undefined } as const;
const byCookie: StickyPlan = { by: { kind: 'cookie', cookie }, maxAgeMs: 0, maxIdleMs: 0 };

/** Servers that answer with their number; those of clients without a cookie with a session too. */
async function serversFor(t: TestContext, count: number): Promise<RawServer[]> {
  const answer = (i: number) => (request: Message) =>
    ok(String(i), valueOf(request, 'Cookie') === undefined ? `Set-Cookie: SID=${i}-${Math.random()}\r\n` : '');
  const made = Array.from({ length: count }, (_, i) => RawServer.start(serve(answer(i))));
  const servers = await Promise.all(made);
  t.after(() => Promise.all(servers.map((server) => server.stop())));
  return servers;
}

/** Each over a connection of its own, which any thread may get. */
async function ask(site: ThreadSite, jar: CookieJar): Promise<string> {
  const client = new RawPeer(net.connect(site.port, '127.0.0.1'));
  const answer = await jar.ask(client);
  client.reset();
  return textOf(answer);
}

async function askAll(site: ThreadSite, jars: readonly CookieJar[]): Promise<string[]> {
  const all: string[] = [];
  for (const jar of jars) all.push(await ask(site, jar));
  return all;
}

function jarsFor(count: number): CookieJar[] {
  return Array.from({ length: count }, () => new CookieJar());
}

/** More than one thread has had requests. */
async function checkThreads(site: ThreadSite): Promise<void> {
  const busy = (await site.group.threads()).filter(({ traffic }) => (traffic?.exchangesTotal ?? 0) > 0);
  assert.ok(busy.length > 1, `${busy.length} of ${threads} threads had requests`);
}

void test(
  'threads that bind the same keys at once find what one of them has put, and nothing else',
  { timeout },
  async (t) => {
    // Twice as many keys as places: each place changes hands all the time.
    const work = { memory: SharedBonds.allocate(256, [1, 2]), keys: 512, rounds: 200_000 };
    const entry = new URL('./bonds-worker.ts', import.meta.url);
    const workers = [0, 1, 2, 3].map(
      (worker) => new Worker(entry, { workerData: { ...work, worker } satisfies BondsWork }),
    );
    t.after(() => Promise.all(workers.map((worker) => worker.terminate())));
    const told = await Promise.all(
      workers.map(async (worker) => (await once(worker, 'message')) as [{ found: number; wrong: number }]),
    );
    for (const [{ found, wrong }] of told) {
      assert.ok(found > work.rounds / 4, `${found} found`);
      assert.equal(wrong, 0);
    }
  },
);

void test(
  'a cookie that one thread has set leads to the server in all threads, over a reload',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t);
    const servers = await serversFor(t, 3);
    await site.apply({ servers, pool: { sticky: byCookie } });
    const jars = jarsFor(6);
    const first = await askAll(site, jars);
    for (let round = 0; round < 4; round++) assert.deepEqual(await askAll(site, jars), first);
    await site.apply({ servers, pool: { sticky: byCookie, weights: [1, 5, 1] } });
    for (let round = 0; round < 2; round++) assert.deepEqual(await askAll(site, jars), first);
    await site.apply({ servers: servers.slice(0, 2), pool: { sticky: byCookie } });
    const left = await askAll(site, jars);
    for (const [i, name] of first.entries()) {
      if (name !== '2') assert.equal(left[i], name);
      else assert.notEqual(left[i], '2', 'its server is gone');
    }
    assert.deepEqual(await askAll(site, jars), left);
    await checkThreads(site);
  },
);

void test('a session that one thread has learnt is known in all of them', { timeout }, async (t) => {
  const site = await ThreadSite.start(t);
  const servers = await serversFor(t, 3);
  const learnt: StickyPlan = { by: { kind: 'learn', name: 'SID' }, maxAgeMs: 0, maxIdleMs: 60_000 };
  await site.apply({ servers, pool: { sticky: learnt } });
  const jars = jarsFor(6);
  const first = await askAll(site, jars);
  for (let round = 0; round < 5; round++) assert.deepEqual(await askAll(site, jars), first);
  await checkThreads(site);
});

void test(
  'who is with a server stays while it is drained, and moves once it is in maintenance or down',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t);
    const servers = await serversFor(t, 2);
    await site.apply({ servers, pool: { sticky: byCookie } });
    const board = site.state.servers;
    const jars = jarsFor(4);
    const first = await askAll(site, jars);
    assert.deepEqual(new Set(first), new Set(['0', '1']));
    const server = { pool: 'main', server: 'main-0' };

    board.change(server, { operator: 'drain' }, 'test');
    assert.deepEqual(await askAll(site, jars), first);
    assert.deepEqual(new Set(await askAll(site, jarsFor(4))), new Set(['1']), 'new ones do not come');

    board.change(server, { operator: 'maint' }, 'test');
    assert.deepEqual(new Set(await askAll(site, jars)), new Set(['1']));
    board.change(server, { operator: 'ready' }, 'test');
    assert.deepEqual(new Set(await askAll(site, jars)), new Set(['1']), 'they have moved, with a new cookie');

    const other = { pool: 'main', server: 'main-1' };
    board.change(other, { health: 'down' }, 'test');
    assert.deepEqual(new Set(await askAll(site, jars)), new Set(['0']));
  },
);

void test('a split is exact over all threads, and its weights change at once', { timeout }, async (t) => {
  const site = await ThreadSite.start(t);
  const servers = await serversFor(t, 2);
  const split = (weights: readonly [number, number], sticky: boolean) => ({
    pools: { stable: { servers: [servers[0]!] }, canary: { servers: [servers[1]!] } },
    routes: [
      {
        more: {
          name: 'www',
          split: {
            parts: [
              { pool: 'stable', weight: weights[0] },
              { pool: 'canary', weight: weights[1] },
            ],
            fallback: true,
            sticky: sticky ? ({ kind: 'cookie', cookie, maxAgeMs: 0, maxIdleMs: 0 } as const) : undefined,
          },
        },
      },
    ],
  });
  const canaries = async (jars: readonly CookieJar[]): Promise<number> =>
    (await askAll(site, jars)).filter((each) => each === '1').length;

  await site.apply(split([3, 1], false));
  assert.equal(await canaries(jarsFor(40)), 10);
  const { splits } = site.state;
  assert.equal(splits.set('www', { stable: 1, canary: 1 }, 'test'), true);
  assert.equal(await canaries(jarsFor(40)), 20);

  await site.apply(split([3, 1], true));
  assert.equal(await canaries(jarsFor(40)), 20, 'what was said stays over a reload');
  const jars = jarsFor(20);
  assert.equal(await canaries(jars), 10);
  splits.set('www', undefined, 'test');
  assert.equal(await canaries(jars), 10, 'who is with a pool stays');
  splits.set('www', { canary: 0 }, 'test');
  assert.equal(await canaries(jars), 0, 'a weight of 0 moves them');
  splits.set('www', { stable: 0, canary: 7 }, 'test');
  assert.equal(await canaries(jars), 20);

  site.state.servers.change({ pool: 'canary', server: 'canary-0' }, { health: 'down' }, 'test');
  splits.set('www', undefined, 'test');
  assert.equal(await canaries(jarsFor(8)), 0, 'a pool without servers gives its share to the others');
  await checkThreads(site);
});
