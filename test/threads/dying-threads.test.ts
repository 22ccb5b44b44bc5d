/** Data threads that die under load, in every way that is known: each takes its own connections with it, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { routeRow, trafficFields } from '../../src/proxy/metrics/counter-fields.ts';
import { until } from '../harness/until.ts';
import { BusyClient } from './busy-client.ts';
import type { Order } from './mortal-thread.ts';
import { ThreadSite } from './thread-site.ts';

/** So many that the kernel, which spreads them by chance, gives each thread some: but once in 10^8 times. */
const most = 54;

/** Clients of a site that are always at it, and what the site counts meanwhile. */
class Load {
  readonly site: ThreadSite;
  clients: BusyClient[] = [];
  answersBefore = 0;
  lostBefore = 0;
  /** The counter of answers has gone back. */
  wentBack = false;
  #counted = 0;
  readonly #watch: NodeJS.Timeout;

  constructor(site: ThreadSite) {
    this.site = site;
    this.#watch = setInterval(() => this.#look(), 5);
  }

  /** As many as may connect, each with an answer. */
  async fill(): Promise<void> {
    for (const client of this.clients.filter(({ end }) => end !== undefined)) {
      this.answersBefore += client.answers;
      this.lostBefore += Number(client.end === 'lost');
    }
    this.clients = this.clients.filter(({ end }) => end === undefined);
    while (this.clients.length < most) this.clients.push(new BusyClient(this.site.port));
    await until('all clients to have an answer', () => this.clients.every(({ answers }) => answers > 0));
  }

  get answers(): number {
    return this.clients.reduce((sum, { answers }) => sum + answers, this.answersBefore);
  }

  /** 2xx, as the metrics say. */
  get counted(): number {
    return this.site.state.traffic.read(routeRow('route-0'))[trafficFields.classes + 2]!;
  }

  get ended(): readonly BusyClient[] {
    return this.clients.filter(({ end }) => end !== undefined);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.stop();
    await until('all clients to end', () => this.clients.every(({ end }) => end !== undefined));
    clearInterval(this.#watch);
  }

  destroy(): void {
    for (const client of this.clients) client.destroy();
    clearInterval(this.#watch);
  }

  #look(): void {
    const { counted } = this;
    if (counted < this.#counted) this.wentBack = true;
    this.#counted = counted;
  }
}

/** The thread of this number dies: its connections end, the others go on, and another one takes its place. */
async function killOne(load: Load, thread: number, order: Order): Promise<void> {
  const { site } = load;
  await load.fill();
  const before = (await site.group.threads())[thread]!;
  const own = before.traffic!.connections;
  assert.ok(own > 0, `data-${thread + 1} has connections`);
  site.kill(thread, order);
  await until('its connections to end', () => load.ended.length >= own);
  await site.whole(before.replaced + thread + 1);
  const after = await site.group.threads();
  assert.deepEqual(
    after.map(({ name, state, replaced, generation }) => ({ name, state, replaced, generation })),
    [0, 1, 2].map((i) => ({
      name: `data-${i + 1}`,
      state: 'running',
      replaced: i <= thread ? 1 : 0,
      generation: before.generation,
    })),
  );
  const asked = load.clients.map(({ answers }) => answers);
  await until('the others to go on', () =>
    load.clients.every(({ end, answers }, i) => end !== undefined || answers > asked[i]! + 1),
  );
  assert.equal(load.ended.length, own, 'only its own connections have ended');
}

async function underFire(site: ThreadSite, order: Order, threads: readonly number[]): Promise<Load> {
  await site.apply({ connections: { total: most, perClient: most } });
  const load = new Load(site);
  try {
    for (const thread of threads) await killOne(load, thread, order);
    await load.fill(); // Exactly as many as were lost: what a dead thread held has been given back.
    const refused = new BusyClient(site.port);
    await until('the limit', () => refused.end !== undefined);
    assert.equal(refused.answers, 0);
    await load.stop();
  } finally {
    load.destroy();
  }
  return load;
}

for (const [order, threads] of [
  ['exit', [0, 1, 2]],
  ['throw', [0, 1, 2]],
  ['heap', [0, 1, 2]],
  ['loop', [0]],
  ['block', [0]],
] as const) {
  void test(
    `a data thread that dies under load (${order}) loses its own connections only`,
    { timeout: 90_000 },
    async (t) => {
      // Only these are to be found out by their silence.
      const silent = order === 'loop' || order === 'block';
      const site = await ThreadSite.start(t, silent ? { silenceMs: 2000 } : {});
      const load = await underFire(site, order, threads);
      assert.ok(!load.wentBack, 'no counter has gone back');
      const lost = load.lostBefore + load.ended.filter(({ end }) => end === 'lost').length;
      await until('all answers to be counted', () => load.counted >= load.answers - lost);
      assert.ok(
        load.counted <= load.answers + lost,
        `${load.counted} counted, ${load.answers} answered, ${lost} connections lost`,
      );
      if (order === 'throw') assert.equal(lost, 0, 'it had time to answer');
      const waits = site.told.flatMap((line) => /^Starting another data thread in (\d+) ms/.exec(line)?.[1] ?? []);
      assert.equal(waits.length, threads.length);
      assert.ok(
        waits.every((ms) => Number(ms) <= 250),
        `${waits.join(', ')} ms until another one starts`,
      );
    },
  );
}
