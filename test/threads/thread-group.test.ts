import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { BroadcastChannel } from 'node:worker_threads';

import { systemClock } from '../../src/core/clock.ts';
import { SharedState } from '../../src/control/threads/shared-state.ts';
import { ThreadGroup } from '../../src/control/threads/thread-group.ts';
import { WorkerHost } from '../../src/control/threads/worker-host.ts';
import { routeRow, trafficFields } from '../../src/proxy/metrics/counter-fields.ts';
import { loopback, planOf, type PlanSpec } from '../harness/plan-of.ts';
import { RawPeer } from '../harness/raw-peer.ts';
import { ok, RawServer, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { readAnswer, textOf } from '../harness/message.ts';
import { until } from '../harness/until.ts';

const threads = 3;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Three real threads before a real server. */
class Site {
  readonly group: ThreadGroup;
  readonly state: SharedState;
  readonly server: RawServer;
  readonly folder: string;
  readonly clients: RawPeer[] = [];
  port = 0;

  private constructor(parts: Pick<Site, 'group' | 'state' | 'server' | 'folder'>) {
    this.group = parts.group;
    this.state = parts.state;
    this.server = parts.server;
    this.folder = parts.folder;
  }

  static async start(t: TestContext, spec: PlanSpec = {}): Promise<Site> {
    const folder = await mkdtemp(path.join(tmpdir(), 'postern-threads-'));
    const state = new SharedState(threads, 1000);
    const entry = new URL('./mortal-thread.ts', import.meta.url);
    const options = { clock: systemClock, log: quiet, onStuck: () => {}, state, threads, entry };
    const hosts = await Promise.all([0, 1, 2].map((index) => WorkerHost.start({ ...options, index })));
    const server = await RawServer.start(serve(() => ok('hello')));
    const site = new Site({ group: new ThreadGroup(hosts, quiet), state, server, folder });
    t.after(async () => {
      for (const client of site.clients) client.reset();
      await site.group.stop();
      await server.stop();
      await rm(folder, { recursive: true });
    });
    await site.apply(spec);
    return site;
  }

  async apply(spec: PlanSpec): Promise<void> {
    const plan = planOf({ servers: [this.server], ...spec }, path.join(this.folder, 'access.log'));
    const [bound] = await this.group.apply(plan);
    this.port = Number(bound!.address.split(':').at(-1));
  }

  /** So many clients, one after the other. @returns those that are let in: each has had an answer. */
  async connect(count: number): Promise<RawPeer[]> {
    const admitted: RawPeer[] = [];
    for (let i = 0; i < count; i++) {
      // oxlint-disable-next-line no-await-in-loop -- each finds what the one before left
      const client = await this.#one();
      if (client !== undefined) admitted.push(client);
    }
    return admitted;
  }

  async #one(): Promise<RawPeer | undefined> {
    const client = new RawPeer(net.connect(this.port, '127.0.0.1'));
    this.clients.push(client);
    client.send(get('/'));
    try {
      assert.equal(textOf(await readAnswer(client)), 'hello');
      return client;
    } catch {
      return undefined;
    }
  }

  /** Lines of the access log. */
  async lines(): Promise<number> {
    return (await readFile(path.join(this.folder, 'access.log'), 'utf8')).split('\n').length - 1;
  }

  /** Waits until it is so. */
  async holds(what: string, is: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + 10_000;
    // oxlint-disable-next-line no-await-in-loop -- a poll
    while (!(await is())) {
      if (performance.now() > end) assert.fail(`never came: ${what}`);
      // oxlint-disable-next-line no-await-in-loop
      await pause(10);
    }
  }

  /** Makes the thread die that is at this place. */
  kill(place: number): void {
    const channel = new BroadcastChannel('postern-test-die');
    channel.postMessage(place);
    channel.close();
  }
}

const timeout = 60_000;

void test('all threads take connections, and the limits hold for them together', { timeout }, async (t) => {
  const site = await Site.start(t, { connections: { total: 40 } });
  const first = await site.connect(60);
  assert.equal(first.length, 40);
  const each = (await site.group.threads()).map(({ traffic }) => traffic?.connections ?? 0);
  assert.equal(each.length, threads);
  assert.ok(
    each.every((connections) => connections > 0),
    `spread: ${each.join(', ')}`,
  );
  assert.equal((await site.group.status()).connections, 40);
  for (const client of first.slice(0, 15)) client.end();
  await site.holds('room for 15', async () => (await site.group.status()).connections === 25);
  assert.equal((await site.connect(30)).length, 15);
  await site.apply({ connections: { total: 45, perClient: 42 } });
  assert.equal((await site.connect(10)).length, 2, 'the limit of one client');
});

void test(
  'a thread that dies loses its own connections, gives back its share, and is replaced',
  { timeout },
  async (t) => {
    const site = await Site.start(t, { connections: { total: 60, perClient: 60 } });
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
    const site = await Site.start(t);
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
  const site = await Site.start(t);
  site.kill(1);
  await until('the loss', () => site.group.facts.some(({ state }) => state === 'starting'));
  await site.apply({ connections: { total: 3 } });
  await until('the replacement', () => site.group.facts.every(({ state }) => state === 'running'));
  const admitted = (await Promise.all([site.connect(20), site.connect(20)])).flat();
  assert.equal(admitted.length, 3);
});
