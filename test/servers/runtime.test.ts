/** Servers are added, removed, drained and reset while requests go on, and all of it outlives reloads and restarts. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { WebSocket, WebSocketServer } from 'ws';

import type { AdminAnswer } from '../../src/control/admin/admin-answer.ts';
import { callAdmin } from '../../src/control/admin/admin-client.ts';
import { addressOf, folderFor, origin, run, start, until, type Origin, type Running } from '../cli/command.ts';
import { needing } from '../harness/peers/needing.ts';

const { test } = needing();

interface Listed {
  readonly name: string;
  readonly origin: string;
  readonly changed?: string;
  readonly exchanges: number;
  readonly state: { readonly operator: string; readonly weight: number };
}

/** A Postern with two threads before three web servers, of which the config knows two. */
class Site {
  readonly cwd: string;
  readonly origins: readonly Origin[];
  running!: Running;
  url = '';

  constructor(cwd: string, origins: readonly Origin[]) {
    this.cwd = cwd;
    this.origins = origins;
  }

  static async start(t: TestContext): Promise<Site> {
    const origins = await Promise.all(['a', 'b', 'c'].map((name) => origin(t, name)));
    const site = new Site(folderFor(t), origins);
    site.write(`[${site.name(0)}, ${site.name(1)}]`);
    await site.run(t);
    return site;
  }

  write(servers: string): void {
    writeFileSync(
      join(this.cwd, 'postern.yaml'),
      `listeners: { web: { address: "127.0.0.1:0" } }
admin: { socket: ctl.sock }
threads: 2
routes: [{ to: app }]
pools: { app: { servers: ${servers} } }
`,
    );
  }

  async run(t: TestContext): Promise<void> {
    this.running = start(t, ['run'], { cwd: this.cwd });
    this.url = await addressOf(this.running);
  }

  async stop(): Promise<void> {
    this.running.child.kill('SIGTERM');
    const { code, signal, stderr } = await this.running.ended;
    assert.deepEqual([code, signal], [0, null], stderr);
  }

  name(i: number): string {
    return this.origins[i]!.url;
  }

  async call(what: string, body?: object): Promise<AdminAnswer> {
    const method = body === undefined ? 'GET' : 'POST';
    const path = `/api/v1/${what}`;
    return await callAdmin(join(this.cwd, 'ctl.sock'), { method, path, timeoutMs: 60_000, body });
  }

  /** Says something of a server. */
  async say(what: string, i: number, more: object = {}): Promise<void> {
    const answer = await this.call(`servers/${what}`, { pool: 'app', server: this.name(i), ...more });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }

  async add(i: number, more: object = {}): Promise<void> {
    const answer = await this.call('servers/add', { pool: 'app', server: { url: this.name(i), ...more } });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }

  async listed(): Promise<readonly Listed[]> {
    return ((await this.call('servers')).body as { servers: readonly Listed[] }).servers;
  }

  /** What is said beside the config: `2 removed`. */
  async diff(): Promise<readonly string[]> {
    const { servers } = { servers: await this.listed() };
    const shown = new Map(servers.map((each) => [each.name, each.changed]));
    const { changes } = (await this.call('servers/diff')).body as { changes: readonly { server: string }[] };
    return changes.map(({ server }) => `${'abc'[this.index(server)]} ${shown.get(server) ?? 'removed'}`).toSorted();
  }

  index(name: string): number {
    return this.origins.findIndex(({ url }) => url === name);
  }

  /** Who answers, of so many requests over connections of their own. */
  async answers(count: number): Promise<string> {
    const found = new Set<string>();
    for (let i = 0; i < count; i++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const response = await fetch(this.url, { headers: { connection: 'close' } });
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      found.add(`${response.status} ${(await response.text()).slice(0, 1)}`);
    }
    return [...found].toSorted().join(', ');
  }
}

/** Clients that ask for as long as the job takes. @returns statuses other than 200, and how many requests there were. */
async function underLoad(url: string, job: () => Promise<void>): Promise<{ bad: readonly string[]; count: number }> {
  let [going, count] = [true, 0];
  const bad: string[] = [];
  const client = async (): Promise<void> => {
    while (going) {
      count += 1;
      try {
        // oxlint-disable-next-line no-await-in-loop -- one client
        const response = await fetch(url);
        // oxlint-disable-next-line no-await-in-loop -- one client
        await response.text();
        if (response.status !== 200) bad.push(String(response.status));
      } catch (error) {
        bad.push(String(error));
      }
    }
  };
  const clients = Array.from({ length: 8 }, client);
  await job();
  going = false;
  await Promise.all(clients);
  return { bad, count };
}

test('servers come, go and drain while requests go on, and none of these fails', async (t) => {
  const site = await Site.start(t);
  const { bad, count } = await underLoad(site.url, async () => {
    for (let round = 0; round < 3; round++) {
      // oxlint-disable no-await-in-loop -- one after the other
      await site.add(2);
      await pause(50);
      await site.say('drain', 0);
      await site.say('weight', 1, { weight: 3 });
      await site.say('remove', 1);
      await pause(50);
      await site.add(1);
      await site.say('ready', 0);
      await site.say('remove', 2);
      // oxlint-enable no-await-in-loop
    }
  });
  assert.deepEqual(bad, []);
  assert.ok(count > 100, String(count));
  await site.say('weight', 1, { weight: 1 });
  assert.deepEqual(await site.diff(), []);
  assert.equal(await site.answers(8), '200 a, 200 b');
  await site.stop();
});

test('what was said outlives reloads and restarts, until it is reset', async (t) => {
  const site = await Site.start(t);
  await site.add(2, { weight: 2 });
  await site.say('drain', 0);
  await site.say('remove', 1);
  const said = ['a drains', 'b removed', 'c added'];
  assert.deepEqual(await site.diff(), said);
  assert.equal(await site.answers(6), '200 c');

  appendFileSync(join(site.cwd, 'postern.yaml'), 'grace: 10s\n');
  assert.equal((await site.call('reload', {})).status, 200);
  assert.deepEqual(await site.diff(), said);
  assert.equal(await site.answers(6), '200 c');
  assert.deepEqual((await site.call('preview', {})).body, {
    ...((await site.call('preview', {})).body as object),
    changed: false,
    beside: 3,
  });

  await site.stop();
  const file = join(site.cwd, 'ctl.servers.json');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  await site.run(t);
  assert.deepEqual(await site.diff(), said);
  assert.equal(await site.answers(6), '200 c');

  // The config has what was added, and has lost what was removed.
  site.write(`[${site.name(0)}, ${site.name(2)}]`);
  assert.equal((await site.call('reload', {})).status, 200);
  assert.deepEqual(await site.diff(), ['a drains']);
  assert.match(site.running.stderr(), /Forgot what was said of the server \S+ \(removed\)/);

  assert.equal((await site.call('servers/reset', {})).status, 200);
  assert.deepEqual(await site.diff(), []);
  assert.equal(await site.answers(6), '200 a, 200 c');
  assert.deepEqual((JSON.parse(readFileSync(file, 'utf8')) as { servers: unknown[] }).servers, []);
  await site.stop();
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a successor has what was said before', async (t) => {
  const site = await Site.start(t);
  await site.say('remove', 0);
  const outcome = await run(t, ['upgrade'], { cwd: site.cwd });
  assert.equal(outcome.code, 0, outcome.stderr);
  const { pid } = (await site.call('status')).body as { pid: number };
  t.after(() => void (isThere(pid) && process.kill(pid, 'SIGKILL')));
  assert.deepEqual(await site.diff(), ['a removed']);
  assert.equal(await site.answers(6), '200 b');
  assert.equal((await run(t, ['stop', '--now'], { cwd: site.cwd })).code, 0);
});

test('a file that is none of ours is refused in words, and put aside when something is said', async (t) => {
  const origins = await Promise.all(['a', 'b', 'c'].map((name) => origin(t, name)));
  const site = new Site(folderFor(t), origins);
  site.write(`[${site.name(0)}, ${site.name(1)}]`);
  const file = join(site.cwd, 'ctl.servers.json');
  const hostile = '{"version":1,"servers":[{"pool":"app","server":"x","removed":"yes","at":"now","by":"\\u001b[2J"}]}';
  writeFileSync(file, hostile, { mode: 0o600 });
  await site.run(t);
  assert.match(site.running.stderr(), /Cannot read the changes at run time in \S+: it is not what Postern wrote/);
  assert.equal(await site.answers(6), '200 a, 200 b');
  assert.equal(readFileSync(file, 'utf8'), hostile);
  await site.say('maint', 1);
  assert.equal(readFileSync(`${file}.refused`, 'utf8'), hostile);
  assert.equal(await site.answers(6), '200 a');
  await site.stop();
});

test('a tunnel is something that a server still has, and --force ends it', async (t) => {
  const upgrades = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(upgrades, 'listening');
  t.after(() => upgrades.close());
  const site = await Site.start(t);
  const { port } = upgrades.address() as AddressInfo;
  const body = { pool: 'app', server: `127.0.0.1:${port}` };
  assert.equal(
    (await site.call('servers/add', { pool: 'app', server: { url: `http://127.0.0.1:${port}` } })).status,
    200,
  );
  await site.say('maint', 0);
  await site.say('maint', 1);
  const socket = new WebSocket(site.url.replace('http', 'ws'));
  await once(socket, 'open');
  const ended = once(socket, 'close');
  const left = async (what: string): Promise<unknown> =>
    ((await site.call(`servers/${what}`, body)).body as { exchanges: unknown }).exchanges;
  assert.equal(await left('load'), 1);
  assert.equal((await site.call('servers/close', body)).status, 409, 'it is ready');
  assert.equal((await site.call('servers/drain', body)).status, 200);
  assert.equal(await left('close'), 1);
  await ended;
  await until(
    async () => ((await left('load')) === 0 ? true : undefined),
    () => 'the end of the tunnel',
  );
  await site.stop();
});

test('the commands wait for what a server still has, or close it', async (t) => {
  const site = await Site.start(t);
  const command = (...args: string[]) => run(t, ['server', ...args], { cwd: site.cwd });
  const short = site.name(0).slice('http://'.length);
  await site.say('maint', 1);
  const slow = fetch(`${site.url}/slow`).then(async (response) => `${response.status} ${await response.text()}`);
  await until(
    () => site.origins[0]!.waiting() === 1 || undefined,
    () => 'a request that waits',
  );

  const late = await command('drain', 'app', short, '--wait', '--timeout', '10ms');
  assert.equal(late.code, 1);
  assert.match(late.stdout, /gets nothing new/);
  assert.match(late.stderr, /has 1 requests to end[^]*Cannot wait any longer/);

  const waiting = command('drain', 'app', short, '--wait');
  await pause(100);
  site.origins[0]!.release();
  assert.equal(await slow, '200 a /slow');
  assert.equal((await waiting).code, 0);

  await site.say('ready', 0);
  const cut = fetch(`${site.url}/slow`).then(async (response) => {
    return `${response.status} ${response.headers.get('content-type') ?? ''}`;
  });
  await until(
    () => site.origins[0]!.waiting() === 1 || undefined,
    () => 'a request that waits',
  );
  const forced = await command('maint', 'app', short, '--force');
  assert.equal(forced.code, 0, forced.stderr);
  assert.match(forced.stderr, /closed 1 requests/);
  assert.match(await cut, /^50[23] /);

  const wrong = await command('drain', 'app', 'nobody');
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /Cannot find the server "nobody" in the pool app: there are http/);
  assert.equal((await command('reset')).code, 0);
  assert.match((await command('diff')).stdout, /Nothing was changed at run time/);
  assert.match((await command('list')).stdout, /^POOL +SERVER +STATE[^]*app +http/);
  await site.stop();
});
