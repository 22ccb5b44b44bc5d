// How requests are spread over the servers of a pool, over real sockets.
import assert from 'node:assert/strict';

import type { PoolPlan } from '../../src/proxy/index.ts';
import { readAnswer, readAnswers, statusOf, textOf } from '../harness/message.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { ok, serve, type RawServer } from '../harness/raw-server.ts';
import { get, post } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

const empty = 'HTTP/1.1 204 No Content\r\n\r\n';

interface Site {
  readonly proxy: ProxyUnderTest;
  readonly servers: readonly RawServer[];
  /** How many requests each server has had. */
  readonly counts: () => number[];
}

/** A proxy before servers that answer with their number. */
async function site(world: World, balance: PoolPlan['balance'], weights: readonly number[]): Promise<Site> {
  const servers: RawServer[] = [];
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (const i of weights.keys()) servers.push(await world.server(serve(() => ok(String(i)))));
  const proxy = await world.proxy({ servers, pool: { balance, weights } });
  return { proxy, servers, counts: () => servers.map(({ requests }) => requests.length) };
}

/** @returns the numbers of the servers that answered. */
async function ask(world: World, { proxy }: Site, requests: readonly string[]): Promise<string[]> {
  const client = await world.send(proxy, requests.join(''));
  const answers = await readAnswers(client, requests.length);
  assert.ok(answers.every((answer) => statusOf(answer) === 200));
  return answers.map((answer) => textOf(answer));
}

proxyTest('round-robin by weights 1, 2 and 3 is exact, over many connections', async (world) => {
  const place = await site(world, { kind: 'round-robin' }, [1, 2, 3]);
  for (let round = 0; round < 10; round++) {
    // oxlint-disable-next-line no-await-in-loop -- a client after the other
    await ask(
      world,
      place,
      Array.from({ length: 60 }, (_, i) => get(`/${i}`)),
    );
  }
  assert.deepEqual(place.counts(), [100, 200, 300]);
});

proxyTest('a server of weight 0 gets no requests', async (world) => {
  const place = await site(world, { kind: 'round-robin' }, [1, 0, 1]);
  await ask(
    world,
    place,
    Array.from({ length: 10 }, () => get('/')),
  );
  assert.deepEqual(place.counts(), [5, 0, 5]);
});

proxyTest('the hash of a field sticks, whoever sends it, and requests without it take turns', async (world) => {
  const place = await site(world, { kind: 'hash', of: { kind: 'header', name: 'x-tenant' }, loadFactor: 0 }, [1, 1, 1]);
  const tenants = Array.from({ length: 30 }, (_, i) => get('/', `X-Tenant: tenant-${i}\r\n`));
  const first = await ask(world, place, tenants);
  assert.deepEqual(await ask(world, place, tenants), first);
  assert.deepEqual(await ask(world, place, tenants.toReversed()), first.toReversed());
  assert.deepEqual(new Set(first), new Set(['0', '1', '2']));
  assert.deepEqual(
    await ask(
      world,
      place,
      Array.from({ length: 6 }, () => get('/')),
    ),
    ['0', '1', '2', '0', '1', '2'],
  );
});

proxyTest('the hash of a cookie outlives the server it was made for', async (world) => {
  const place = await site(world, { kind: 'hash', of: { kind: 'cookie', name: 'SID' }, loadFactor: 0 }, [1, 1, 1]);
  const requests = Array.from({ length: 20 }, (_, i) => get('/', `Cookie: a=b; SID=${i}\r\n`));
  const before = await ask(world, place, requests);
  await place.servers[1]!.refuse();
  const after = await ask(world, place, requests);
  for (const [i, server] of before.entries()) {
    if (server === '1') assert.notEqual(after[i], '1');
    else assert.equal(after[i], server);
  }
});

for (const kind of ['least-connections', 'least-time'] as const) {
  proxyTest(`${kind} avoids the server that is slow`, async (world) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    world.after(resolve);
    const slow = await world.server(serve(() => promise.then(() => ok('slow'))));
    const quick = await world.server(serve(({ start }) => (start.startsWith('GET /empty') ? empty : ok('quick'))));
    const proxy = await world.proxy({ servers: [slow, quick], pool: { balance: { kind } } });
    const waiting = await world.send(proxy, get('/'));
    await until('a request at the slow server', () => slow.requests.length === 1);
    // An answer is over before the client's next request is looked at, be it here already.
    const client = await world.send(proxy, Array.from({ length: 20 }, (_, i) => get(i % 2 ? '/' : '/empty')).join(''));
    await readAnswers(client, 20);
    assert.deepEqual([slow.requests.length, quick.requests.length], [1, 20]);
    resolve();
    assert.equal(textOf(await readAnswer(waiting)), 'slow');
  });
}

proxyTest('least-time does not run to a server that refuses at once', async (world) => {
  const place = await site(world, { kind: 'least-time' }, [1, 1, 1]);
  await place.servers[0]!.refuse();
  await ask(
    world,
    place,
    Array.from({ length: 30 }, () => get('/')),
  );
  const [status] = place.proxy.status.pools;
  assert.ok(status!.servers[0]!.failuresTotal <= 2, `${status!.servers[0]!.failuresTotal} attempts failed`);
});

proxyTest('random and first spread over what can be had', async (world) => {
  const random = await site(world, { kind: 'random', choices: 2 }, [1, 1, 1]);
  await ask(
    world,
    random,
    Array.from({ length: 100 }, (_, i) => (i % 2 ? get('/') : post('/', 'body'))),
  );
  for (const count of random.counts()) assert.ok(count > 5, random.counts().join(' '));
  const first = await site(world, { kind: 'first' }, [1, 1]);
  await ask(
    world,
    first,
    Array.from({ length: 10 }, () => get('/')),
  );
  assert.deepEqual(first.counts(), [10, 0]);
  await first.servers[0]!.refuse();
  await ask(world, first, [get('/'), get('/')]);
  assert.deepEqual(first.counts(), [10, 2]);
});
