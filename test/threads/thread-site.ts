import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { BroadcastChannel } from 'node:worker_threads';

import { systemClock } from '../../src/core/clock.ts';
import { SharedState } from '../../src/control/threads/shared-state.ts';
import { ThreadGroup } from '../../src/control/threads/thread-group.ts';
import { WorkerHost } from '../../src/control/threads/worker-host.ts';
import { planOf, type PlanSpec } from '../harness/plan-of.ts';
import { RawPeer } from '../harness/raw-peer.ts';
import { ok, RawServer, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { readAnswer, textOf } from '../harness/message.ts';
import { patienceMs, until } from '../harness/until.ts';
import type { Order } from './mortal-thread.ts';

/** Of a site. */
export const threads = 3;
interface SiteSpec extends PlanSpec {
  /** The server answers when it is told to; default: at once. */
  readonly slow?: boolean;
  /** Silence after which a thread counts as hung; default: longer than a busy machine keeps a thread waiting. */
  readonly silenceMs?: number;
}

/** Three real threads before a real server. */
export class ThreadSite {
  readonly group: ThreadGroup;
  readonly state: SharedState;
  readonly server: RawServer;
  readonly folder: string;
  readonly clients: RawPeer[] = [];
  /** What the hosts have said. */
  readonly told: string[];
  /** The server answers from now on. */
  readonly answer: () => void;
  port = 0;

  private constructor(parts: Pick<ThreadSite, 'group' | 'state' | 'server' | 'folder' | 'told' | 'answer'>) {
    this.group = parts.group;
    this.state = parts.state;
    this.server = parts.server;
    this.folder = parts.folder;
    this.told = parts.told;
    this.answer = parts.answer;
  }

  static async start(
    t: TestContext,
    { slow = false, silenceMs = 15_000, ...spec }: SiteSpec = {},
  ): Promise<ThreadSite> {
    const folder = await mkdtemp(path.join(tmpdir(), 'postern-threads-'));
    const state = new SharedState(threads, 1000);
    const entry = new URL('./mortal-thread.ts', import.meta.url);
    const told: string[] = [];
    const note = (message: string): void => void told.push(message);
    const log = { debug: note, info: note, warn: note, error: note };
    const times = { startMs: 30_000, silenceMs, terminateMs: 20_000, failingMs: 15_000 };
    const options = { clock: systemClock, log, onStuck: note, state, threads, entry, times, heapMb: 64 };
    const hosts = await Promise.all([0, 1, 2].map((index) => WorkerHost.start({ ...options, index })));
    const { promise, resolve } = Promise.withResolvers<void>();
    if (!slow) resolve();
    const server = await RawServer.start(serve(() => promise.then(() => ok('hello'))));
    const site = new ThreadSite({ group: new ThreadGroup(hosts, log), state, server, folder, told, answer: resolve });
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
    this.state.keep(plan);
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

  /** So many clients whose requests have reached the server, which is slow. */
  async ask(count: number): Promise<RawPeer[]> {
    const asking = Array.from({ length: count }, () => new RawPeer(net.connect(this.port, '127.0.0.1')));
    this.clients.push(...asking);
    for (const client of asking) client.send(get('/'));
    await until('the requests', () => this.server.requests.length === count);
    return asking;
  }

  /** Lines of the access log. */
  async lines(): Promise<number> {
    return (await readFile(path.join(this.folder, 'access.log'), 'utf8')).split('\n').length - 1;
  }

  /** Waits until it is so. */
  async holds(what: string, is: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + patienceMs;
    // oxlint-disable-next-line no-await-in-loop -- a poll
    while (!(await is())) {
      if (performance.now() > end) assert.fail(`never came: ${what}`);
      // oxlint-disable-next-line no-await-in-loop
      await pause(10);
    }
  }

  /** Waits until so many threads have been replaced, and all run. */
  async whole(replaced: number): Promise<void> {
    const sum = (): number => this.group.facts.reduce((all, facts) => all + facts.replaced, 0);
    const run = (): boolean => this.group.facts.every(({ state }) => state === 'running');
    await until(`${replaced} threads to be replaced`, () => sum() >= replaced && run());
  }

  /** All threads have heard what they were told: an answer of each takes as long as a message. */
  async obeyed(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await this.group.status();
    }
  }

  /** Numbers of the plans that the threads have. */
  async generations(): Promise<number[]> {
    return (await this.group.threads()).map(({ generation }) => generation);
  }

  /** Tells the thread that is at this place: at first that is the thread of this number. */
  kill(place: number, order: Order = 'exit'): void {
    const channel = new BroadcastChannel('postern-test-die');
    channel.postMessage({ place, order });
    channel.close();
  }
}
