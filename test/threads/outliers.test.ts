// Servers that fail under traffic, before a whole Postern with real threads.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { loadConfig } from '../../src/control/config/load-config.ts';
import type { RunningPostern } from '../../src/control/running-postern.ts';
import { startPostern } from '../../src/server.ts';

type Mode = 'good' | 'error' | 'reset' | 'slow';

/** A server that does what it is told to. */
class Origin {
  mode: Mode = 'good';
  asked = 0;
  url = '';
  /** Takes no connections any more, and ends those that there are. */
  refuse: () => void = () => {};

  static async start(t: TestContext, name: string): Promise<Origin> {
    const origin = new Origin();
    const server = createServer((_, response) => {
      origin.asked++;
      if (origin.mode === 'reset') response.socket?.resetAndDestroy();
      else if (origin.mode === 'slow') setTimeout(() => response.end(name), 300).unref();
      else response.writeHead(origin.mode === 'error' ? 500 : 200).end(name);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin.refuse = () => {
      server.close();
      server.closeAllConnections();
    };
    t.after(origin.refuse);
    origin.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return origin;
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
}

class Site {
  readonly origins: readonly Origin[];
  readonly postern: RunningPostern;
  /** Of its log. */
  readonly messages: string[];

  private constructor(origins: readonly Origin[], postern: RunningPostern, messages: string[]) {
    this.origins = origins;
    this.postern = postern;
    this.messages = messages;
  }

  /** @param pool keys of the pool beside its servers, as YAML. */
  static async start(t: TestContext, pool: string): Promise<Site> {
    const origins = await Promise.all(['a', 'b', 'c'].map((name) => Origin.start(t, name)));
    const folder = await mkdtemp(join(tmpdir(), 'postern-outliers-'));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, 'postern.yaml');
    const servers = origins.map(({ url }) => url).join(', ');
    await writeFile(
      file,
      `listeners: { web: { address: "127.0.0.1:0" } }\naccessLog: false\nthreads: 2\nroutes: [{ to: app }]\npools: { app: { servers: [${servers}], ${pool} } }\n`,
    );
    const messages: string[] = [];
    const note = (message: string): void => void messages.push(message);
    const log = { debug: () => {}, info: note, warn: note, error: note };
    const postern = await startPostern({ config: (env) => loadConfig(file, env), log });
    t.after(() => postern.stop({ now: true }));
    return new Site(origins, postern, messages);
  }

  /** Each over a connection of its own, so that all threads have their share. */
  async ask(): Promise<Answer> {
    const outgoing = request(`http://${this.postern.listeners[0]!.address}/`, { agent: false }).end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode ?? 0, text, retryAfter: response.headers['retry-after'] };
  }

  async askMany(count: number): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    // Four at once.
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        while (count-- > 0) answers.push(await this.ask());
      }),
    );
    return answers;
  }

  /** Asks until that is true of what is known of the pool's servers. */
  async askUntil(what: string, holds: (out: string) => boolean, count = 4): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (let i = 0; i < 400; i++) {
      if (holds(await this.out())) return answers;
      answers.push(...(await this.askMany(count)));
    }
    throw new Error(`Cannot go on: ${what} did not come; ${this.messages.slice(-5).join('\n')}`);
  }

  /** The servers that are out. */
  async out(): Promise<string> {
    const { servers } = await this.postern.status();
    return servers.map(({ ejected }, i) => (ejected ? 'abc'[i] : '')).join('');
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    // oxlint-disable-next-line no-await-in-loop -- it is looked at again and again
    if (await holds()) return;
    // oxlint-disable-next-line no-await-in-loop -- the same
    await pause(10);
  }
  assert.fail(`never came: ${what}`);
}

const failed = (answers: readonly Answer[]): number => answers.filter(({ status }) => status >= 500).length;

for (const mode of ['error', 'reset'] as const) {
  test(`a server whose answers are ${mode}s is out after a few`, { timeout: 60_000 }, async (t) => {
    // Out for longer than the requests take that are to find it so, however busy the machine is.
    const baseEjection = mode === 'reset' ? '60s' : '5s';
    const site = await Site.start(
      t,
      `retries: { attempts: 0 }, outliers: { consecutiveFailures: 5, baseEjection: ${baseEjection} }`,
    );
    assert.equal(failed(await site.askMany(24)), 0);
    site.origins[1]!.mode = mode;
    const answers = await site.askUntil('the ejection', (out) => out === 'b');
    assert.ok(failed(answers) >= 5 && failed(answers) <= 20, `${failed(answers)} failed`);
    const asked = site.origins[1]!.asked;
    assert.equal(failed(await site.askMany(12)), 0, 'none fails any more');
    assert.equal(site.origins[1]!.asked, asked);
    assert.ok(site.messages.some((message) => /gets no requests for a while: 5 attempts in a row/.test(message)));
    assert.match(await site.postern.metrics(), /postern_server_ejections_total\{[^}]*why="(failures|unanswered)"\} 1/);
    if (mode === 'reset') return;
    site.origins[1]!.mode = 'good';
    await until('its return', async () => (await site.out()) === '');
    const later = await site.askMany(30);
    assert.equal(failed(later), 0);
    assert.ok(later.some(({ text }) => text === 'b'));
  });
}

test(
  'without "outliers", five requests in a row without an answer take a server out, and 500 does not',
  { timeout: 60_000 },
  async (t) => {
    const site = await Site.start(t, 'retries: { attempts: 0 }');
    site.origins[0]!.mode = 'error';
    site.origins[1]!.mode = 'reset';
    await site.askUntil('the ejection', (out) => out === 'b');
    await site.askMany(30);
    assert.equal(await site.out(), 'b');
    const [, b] = (await site.postern.status()).servers;
    assert.deepEqual([b!.ejection?.kind, b!.ejection?.times, b!.ejections], ['unanswered', 1, { unanswered: 1 }]);
  },
);

test('a server that is out is asked where all others cannot be reached', { timeout: 60_000 }, async (t) => {
  const site = await Site.start(t, 'outliers: { baseEjection: 60s }');
  site.origins[1]!.mode = 'error';
  await site.askUntil('the ejection', (out) => out === 'b');
  site.origins[1]!.mode = 'good';
  site.origins[0]!.refuse();
  site.origins[2]!.refuse();
  const answers = await site.askMany(12);
  assert.deepEqual(new Set(answers.map(({ text }) => text)), new Set(['b']));
});

test('a server that is much slower than the others is out', { timeout: 60_000 }, async (t) => {
  const latency = 'latency: { factor: 3, over: 150ms, minServers: 3, minRequests: 5 }';
  const site = await Site.start(t, `outliers: { successRate: false, interval: 1s, ${latency} }`);
  site.origins[2]!.mode = 'slow';
  await site.askUntil('the ejection', (out) => out === 'c', 24);
  assert.ok(site.messages.some((message) => /ms to answer on average, others take/.test(message)));
});

test(
  'a pool whose servers fail answers 503 at once, and goes on when one request has tried it out',
  { timeout: 60_000 },
  async (t) => {
    const site = await Site.start(
      t,
      'outliers: false, retries: { attempts: 0 }, breaker: { of: pool, window: 20s, open: 4s, minRequests: 10 }',
    );
    for (const origin of site.origins) origin.mode = 'error';
    const state = async (): Promise<string | undefined> => (await site.postern.status()).pools?.[0]?.breaker?.state;
    await site.askMany(12);
    await until('the breaker to open', async () => (await state()) === 'open');
    const asked = site.origins.map((origin) => origin.asked);
    const refused = await site.askMany(8);
    assert.ok(refused.every(({ status, text }) => status === 503 && text.includes('breaker-open')));
    assert.match(refused[0]!.retryAfter ?? '', /^[1-5]$/);
    assert.deepEqual(
      site.origins.map((origin) => origin.asked),
      asked,
    );
    await until('the breaker to be tried out', async () => (await state()) === 'half-open');
    const [one, ...others] = await site.askMany(4);
    assert.ok([one!, ...others].filter(({ status }) => status === 500).length >= 1, 'a trial reached a server');
    await until('the breaker to open again', async () => (await state()) === 'open');
    for (const origin of site.origins) origin.mode = 'good';
    await until('the breaker to be tried out', async () => (await state()) === 'half-open');
    await until('an answer', async () => (await site.ask()).status === 200);
    await until('the breaker to close', async () => (await state()) === 'closed');
    assert.equal(failed(await site.askMany(30)), 0);
    const metrics = await site.postern.metrics();
    assert.match(metrics, /postern_pool_breaker_open\{pool="app"\} 0\n/);
    assert.match(metrics, /postern_pool_state_changes_total\{pool="app",event="breaker-open"\} 2\n/);
  },
);

test('the breaker of one server takes it out alone', { timeout: 60_000 }, async (t) => {
  const site = await Site.start(
    t,
    'outliers: false, retries: { attempts: 0 }, breaker: { of: servers, window: 20s, open: 4s, minRequests: 5 }',
  );
  site.origins[0]!.mode = 'error';
  await site.askUntil('the ejection', (out) => out === 'a');
  const answers = await site.askMany(10);
  assert.ok(failed(answers) <= 1, 'one at most tries it out');
  site.origins[0]!.mode = 'good';
  await until('its return', async () => (await site.out()) === '');
  await until('an answer of it', async () => (await site.ask()).text === 'a');
  assert.equal(failed(await site.askMany(30)), 0);
});
