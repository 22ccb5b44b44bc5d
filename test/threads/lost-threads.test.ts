/** Plans, stops and further deaths while data threads are being replaced: nothing hangs, and all threads end with one plan. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import { loopback } from '../harness/plan-of.ts';
import { readAnswer, textOf } from '../harness/message.ts';
import { RawPeer } from '../harness/raw-peer.ts';
import { get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';
import { ThreadSite } from './thread-site.ts';

const timeout = 60_000;

/** Threads that start meanwhile end at once. */
async function whileNoneComesUp(run: () => Promise<void>): Promise<void> {
  process.env['POSTERN_TEST_MORTAL'] = 'dies at once';
  try {
    await run();
  } finally {
    delete process.env['POSTERN_TEST_MORTAL'];
  }
}

async function lost(site: ThreadSite, ...places: number[]): Promise<void> {
  for (const place of places) site.kill(place);
  await until('the loss', () => places.every((place) => site.group.facts[place]!.state === 'starting'));
}

/** As many as the plan lets in, and it is the plan of all threads. */
async function holds(site: ThreadSite, total: number, generation: number): Promise<void> {
  await until('all threads', () => site.group.facts.every(({ state }) => state === 'running'));
  assert.deepEqual(await site.generations(), [generation, generation, generation]);
  const clients = await site.connect(total + 5);
  assert.equal(clients.length, total);
  for (const client of clients) client.end();
  await site.holds('their end', async () => (await site.group.status()).connections === 0);
}

for (const places of [[0], [2, 0], [0, 1, 2]]) {
  void test(
    `a plan is put in force while threads are being replaced (${places.join(', ')})`,
    { timeout },
    async (t) => {
      const site = await ThreadSite.start(t);
      const { port } = site;
      await lost(site, ...places);
      await site.apply({ connections: { total: 8 } });
      assert.equal(site.port, port);
      await holds(site, 8, 2);
      await site.apply({ connections: { total: 9 } });
      await holds(site, 9, 3);
    },
  );
}

void test(
  'a plan is put in force during a crash loop, and the threads that come up at last have it',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t);
    await whileNoneComesUp(async () => {
      await lost(site, 0);
      await until('the loop', () => site.told.filter((line) => line.startsWith('Cannot replace')).length >= 2);
      await site.apply({ connections: { total: 7 } });
      assert.equal((await site.connect(20)).length, 7, 'the others have it');
      const [first, ...others] = await site.group.threads();
      assert.deepEqual([first!.state, first!.traffic], ['starting', undefined]);
      assert.deepEqual(
        others.map(({ generation }) => generation),
        [2, 2],
      );
      for (const client of site.clients) client.end();
    });
    await site.holds('their end', async () => (await site.group.status()).connections === 0);
    await holds(site, 7, 2);
  },
);

void test(
  'without any thread a plan starts one at once; where it does not come up, the plan is refused in words',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t);
    await whileNoneComesUp(async () => {
      await lost(site, 0, 1, 2);
      await assert.rejects(
        site.apply({ connections: { total: 7 } }),
        /^ProxyError: Cannot start data-1.*: it ended with code 1$/,
      );
    });
    await site.whole(3);
    assert.deepEqual(await site.generations(), [1, 1, 1]);
    await site.apply({ connections: { total: 7 } });
    assert.deepEqual(await site.generations(), [2, 2, 2]);
  },
);

void test(
  'a thread that dies while it gets the plan from the leader has it when it is up again',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t);
    site.kill(1, 'exit at the next plan');
    site.kill(2, 'exit at the next plan');
    await site.obeyed();
    await site.apply({ connections: { total: 6 } });
    assert.ok(site.group.facts.some(({ state }) => state === 'starting'));
    await site.whole(2);
    await holds(site, 6, 2);
  },
);

void test(
  'where the leading thread dies of a plan, it is refused, and all have the plan before',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t);
    await site.apply({ connections: { total: 5 } });
    site.kill(0, 'exit at the next plan');
    await site.obeyed();
    await assert.rejects(site.apply({ connections: { total: 9 } }), /Cannot finish ".*": the data thread ended/);
    await site.whole(1);
    await holds(site, 5, 2);
    await site.apply({ connections: { total: 9 } });
    await holds(site, 9, 3);
  },
);

void test('a plan that one thread refuses while another one dies is in force nowhere', { timeout }, async (t) => {
  const site = await ThreadSite.start(t);
  await site.apply({ connections: { total: 5 } });
  site.kill(1, 'refuse the next plan');
  site.kill(2, 'exit at the next plan');
  await site.obeyed();
  await assert.rejects(site.apply({ connections: { total: 9 } }), /Cannot listen on anything: planted/);
  await site.whole(1);
  await holds(site, 5, 2);
});

void test(
  'a unix socket comes back with the first thread, and a plan with one waits for it',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t);
    const socket = path.join(site.folder, 's');
    const listeners = { main: loopback, unix: { kind: 'unix', path: socket, mode: 0o600 } } as const;
    const ask = async (): Promise<void> => {
      const client = new RawPeer(net.connect(socket));
      site.clients.push(client);
      client.send(get('/'));
      assert.equal(textOf(await readAnswer(client)), 'hello');
    };
    await site.apply({ listeners });
    await ask();
    for (const [i, order] of (['exit', 'throw'] as const).entries()) {
      site.kill(0, order);
      await until('the loss', () => site.group.facts[0]!.state === 'starting');
      await site.apply({ listeners, connections: { total: 100 + i } });
      assert.equal(site.group.facts[0]!.state, 'running', 'it was waited for');
      await ask();
    }
    await site.whole(2);
  },
);

void test(
  'a log that is opened anew while a thread is being replaced is opened anew by all',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t);
    await lost(site, 1);
    await rm(path.join(site.folder, 'access.log'));
    await site.group.reopenLog();
    await site.whole(1);
    assert.equal((await site.connect(12)).length, 12);
    await site.holds('all lines', async () => (await site.lines()) === 12);
  },
);

void test('names that come while a thread is being replaced reach it', { timeout }, async (t) => {
  const site = await ThreadSite.start(t);
  const { place } = site.server;
  assert.ok(place.kind === 'tcp');
  await site.apply({ servers: [{ kind: 'tcp', host: 'app.test', port: place.port }] });
  await lost(site, 0, 1, 2);
  await site.group.setNames([{ name: 'app.test', addresses: ['127.0.0.1'] }]);
  await site.whole(3);
  assert.equal((await site.connect(12)).length, 12);
});

/** Everything has ended, and nothing begins any more. */
async function ended(t: TestContext, site: ThreadSite, end: () => Promise<void>): Promise<void> {
  await end();
  const said = site.told.length;
  await new Promise((resolve) => void setTimeout(resolve, 600)); // Longer than the first wait for a replacement.
  assert.deepEqual(site.told.slice(said), []);
  assert.ok(site.group.facts.every(({ state }) => state === 'stopped'));
  t.diagnostic(site.told.join('\n'));
}

void test('a stop while threads are lost, or come up, is the end', { timeout }, async (t) => {
  const site = await ThreadSite.start(t);
  await lost(site, 0, 2);
  await ended(t, site, () => site.group.stop());
  const other = await ThreadSite.start(t);
  await lost(other, 1);
  const before = other.told.length;
  await until('the start', () => other.told.slice(before).length > 0 || other.group.facts[1]!.state === 'running');
  await ended(t, other, () => other.group.stop());
});

void test('a drain while a thread is lost waits for the connections of the others', { timeout }, async (t) => {
  const site = await ThreadSite.start(t);
  const clients = await site.connect(12);
  assert.equal(clients.length, 12);
  await lost(site, 1);
  await ended(t, site, async () => {
    await site.group.drain(500);
    await site.group.stop();
  });
  assert.ok(clients.every(({ ending }) => ending !== 'open'));
});

void test('a drain waits for what a thread with an uncaught error has yet to end', { timeout }, async (t) => {
  const site = await ThreadSite.start(t, { slow: true });
  const clients = await site.ask(60);
  site.kill(0, 'throw');
  site.kill(1, 'throw');
  await until('the loss', () => site.group.facts.filter(({ state }) => state === 'starting').length === 2);
  const drained = site.group.drain(20_000);
  site.answer();
  for (const client of clients) assert.equal(textOf(await readAnswer(client)), 'hello');
  await drained;
  await site.group.stop();
});

void test(
  'a thread that fails again and again is replaced, though those before it still end',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t, { slow: true });
    await site.ask(60); // What they wait for keeps them: so many that each has some, but once in 10^10 times.
    for (const [i, place] of [0, 3].entries()) {
      site.kill(place, 'throw');
      await site.whole(i + 1);
    }
    for (let round = 0; round < 2; round++) {
      for (let place = 0; place < 7; place++) if (place !== 1 && place !== 2) site.kill(place, 'throw');
      await site.whole(3 + round);
    }
    assert.ok(!site.told.some((line) => line.includes('too many others')), site.told.join('\n'));
  },
);
