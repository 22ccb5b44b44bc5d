/** Clients stay with their servers over a restart, by curl and its cookie jar. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

import { addressOf, folderFor, origin, start, type Origin, type Running } from '../cli/command.ts';
import { needing } from '../harness/peers/needing.ts';

const { test } = needing('curl');

const call = promisify(execFile);

/** A Postern with two threads before two web servers. */
class Site {
  readonly cwd: string;
  readonly #origins: readonly Origin[];
  #running: Running | undefined;
  #url = '';

  private constructor(cwd: string, origins: readonly Origin[]) {
    this.cwd = cwd;
    this.#origins = origins;
  }

  static async start(t: TestContext, more: string): Promise<Site> {
    const site = new Site(folderFor(t), await Promise.all(['a', 'b'].map((name) => origin(t, name))));
    const servers = site.#origins.map(({ url }) => url);
    const text = `listeners: { web: { address: "127.0.0.1:0" } }
admin: { socket: ctl.sock }
state: state
threads: 2
${more}
routes: [{ to: app }]
pools: { app: { servers: [${servers.join(', ')}], sticky: { cookie: { name: srv } } } }
`;
    writeFileSync(join(site.cwd, 'postern.yaml'), text);
    await site.run(t);
    return site;
  }

  async run(t: TestContext): Promise<void> {
    this.#running = start(t, ['run'], { cwd: this.cwd });
    this.#url = await addressOf(this.#running);
  }

  async stop(): Promise<void> {
    this.#running!.child.kill('SIGTERM');
    await this.#running!.ended;
  }

  /** @returns what the server said, which is its name. */
  async ask(jar: string): Promise<string> {
    const file = join(this.cwd, jar);
    const { stdout } = await call('curl', ['-sS', '--noproxy', '*', '-b', file, '-c', file, this.#url]);
    return stdout;
  }

  async askAll(): Promise<string[]> {
    const all: string[] = [];
    for (const jar of ['1', '2', '3', '4']) all.push(await this.ask(jar));
    return all;
  }
}

test('curl with its cookie jar stays with its server, also over a restart, by a secret that is kept', async (t) => {
  const site = await Site.start(t, '');
  const first = await site.askAll();
  assert.equal(new Set(first).size, 2);
  assert.deepEqual(await site.askAll(), first);
  assert.equal(statSync(join(site.cwd, 'state/cookie-secret')).mode & 0o777, 0o600);
  await site.stop();
  await site.run(t);
  for (let round = 0; round < 3; round++) assert.deepEqual(await site.askAll(), first);
});

test('a secret of the config is as good, and none is kept then', async (t) => {
  const site = await Site.start(t, 'cookieSecret: the same on all machines');
  const first = await site.askAll();
  await site.stop();
  await site.run(t);
  for (let round = 0; round < 3; round++) assert.deepEqual(await site.askAll(), first);
  assert.throws(() => statSync(join(site.cwd, 'state/cookie-secret')));
});
