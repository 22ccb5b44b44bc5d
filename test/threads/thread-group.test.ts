import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';

import { routeRow, trafficFields } from '../../src/proxy/metrics/counter-fields.ts';
import { loopback, planOf } from '../harness/plan-of.ts';
import { RawPeer } from '../harness/raw-peer.ts';
import { get } from '../harness/requests.ts';
import { readAnswer, textOf } from '../harness/message.ts';
import { until } from '../harness/until.ts';
import { threads, ThreadSite } from './thread-site.ts';

const timeout = 60_000;

void test('all threads take connections, and the limits hold for them together', { timeout }, async (t) => {
  const site = await ThreadSite.start(t, { connections: { total: 60 } });
  const first = await site.connect(80);
  assert.equal(first.length, 60);
  const each = (await site.group.threads()).map(({ traffic }) => traffic?.connections ?? 0);
  assert.equal(each.length, threads);
  assert.ok(
    each.every((connections) => connections > 0),
    `spread: ${each.join(', ')}`,
  );
  assert.equal((await site.group.status()).connections, 60);
  for (const client of first.slice(0, 15)) client.end();
  await site.holds('room for 15', async () => (await site.group.status()).connections === 45);
  assert.equal((await site.connect(30)).length, 15);
  await site.apply({ connections: { total: 65, perClient: 62 } });
  assert.equal((await site.connect(10)).length, 2, 'the limit of one client');
});

void test(
  'a thread that dies loses its own connections, gives back its share, and is replaced',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t, { connections: { total: 60, perClient: 60 } });
    const clients = await site.connect(60);
    assert.equal(clients.length, 60);
    const before = (await site.group.threads()).map(({ traffic }) => traffic?.connections ?? 0);
    site.kill(1);
    await until(
      'the connections of one thread to end',
      () => clients.filter(({ ending }) => ending !== 'open').length > 0,
    );
    await until('the replacement', () =>
      site.group.facts.some(({ replaced, state }) => replaced === 1 && state === 'running'),
    );
    const lost = clients.filter(({ ending }) => ending !== 'open').length;
    assert.ok(before.includes(lost), `${lost} of ${before.join(', ')}`);
    for (const client of clients.filter(({ ending }) => ending === 'open')) {
      client.send(get('/'));
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      assert.equal(textOf(await readAnswer(client)), 'hello');
    }
    assert.equal((await site.connect(80)).length, lost, 'as many as were lost, and no more');
    const count = (): number => site.state.traffic.read(routeRow('route-0'))[trafficFields.classes + 2]!;
    await until('every request to be counted', () => count() === 60 + (60 - lost) + lost);
    // Lines that the thread which died had not written yet are lost, and no others.
    await site.holds('the lines of the others', async () => (await site.lines()) >= 120 - lost);
  },
);

void test(
  'a unix socket is one thread alone, and a plan that cannot be applied changes nothing',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t);
    const socket = path.join(site.folder, 's');
    await site.apply({ listeners: { main: loopback, unix: { kind: 'unix', path: socket, mode: 0o600 } } });
    const client = new RawPeer(net.connect(socket));
    site.clients.push(client);
    client.send(get('/'));
    assert.equal(textOf(await readAnswer(client)), 'hello');
    const taken = net.createServer();
    await new Promise<void>((resolve) => void taken.listen(0, '127.0.0.1', resolve));
    t.after(() => void taken.close());
    const { port } = taken.address() as net.AddressInfo;
    const two = {
      main: loopback,
      other: { kind: 'tcp', host: '127.0.0.1', port },
    } as const;
    await assert.rejects(site.apply({ listeners: two }), /Cannot listen on 127\.0\.0\.1:\d+/);
    assert.equal((await site.connect(10)).length, 10);
  },
);

void test('a thread that is being replaced while a plan is applied comes up with that plan', { timeout }, async (t) => {
  const site = await ThreadSite.start(t);
  site.kill(1);
  await until('the loss', () => site.group.facts.some(({ state }) => state === 'starting'));
  await site.apply({ connections: { total: 3 } });
  await until('the replacement', () => site.group.facts.every(({ state }) => state === 'running'));
  const admitted = (await Promise.all([site.connect(20), site.connect(20)])).flat();
  assert.equal(admitted.length, 3);
});

void test('a plan that was made ready and never applied takes no counts with it', { timeout }, async (t) => {
  const site = await ThreadSite.start(t);
  const count = (route = 'route-0'): number => site.state.traffic.read(routeRow(route))[trafficFields.classes + 2]!;
  const plan = planOf({ servers: [site.server] }, path.join(site.folder, 'access.log'));
  const other = { ...plan, routes: [{ ...plan.routes[0]!, name: 'other' }, ...plan.routes] };
  await site.connect(10);
  await site.group.prepare(other);
  await site.connect(10);
  await site.apply({ connections: { total: 500 } });
  await site.connect(10);
  await until('all to be counted', () => count() === 30);
  await site.group.prepare(other);
  site.kill(1);
  await until('the loss', () => site.group.facts.some(({ state }) => state === 'starting'));
  await site.group.apply({ ...other, pools: [...other.pools] });
  await until('the replacement', () => site.group.facts.every(({ state }) => state === 'running'));
  await site.connect(10);
  await until('all to be counted', () => count('other') === 10);
  assert.equal(count(), 30);
});
