import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import type { Plan, StickyPlan } from '../../proxy/index.ts';
import { planOf } from '../../../test/harness/plan-of.ts';
import { KeptSecret } from './kept-secret.ts';

const cookie = { name: 'srv', path: '/', domain: undefined, sameSite: 'Lax', secret: undefined } as const;

function planWith(sticky: StickyPlan | undefined): Plan {
  const plan = planOf({}, 'log');
  return { ...plan, pools: plan.pools.map((pool) => ({ ...pool, sticky })) };
}

function quiet(told: string[] = []): Parameters<typeof KeptSecret.open>[1] {
  const note = (message: string): void => void told.push(message);
  return { debug: note, info: note, warn: note, error: note };
}

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'postern-secret-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

const plan = planWith({ by: { kind: 'cookie', cookie }, maxAgeMs: 0, maxIdleMs: 0 });

test('the secret is kept when a plan needs it, for the owner alone, and found again', async (t) => {
  const folder = path.join(await folderFor(t), 'below');
  const secret = await KeptSecret.open(folder, quiet());
  assert.match(secret.text, /^[\w-]{43}$/);
  await secret.follow(planWith(undefined));
  await secret.follow(planWith({ by: { kind: 'learn', name: 'a' }, maxAgeMs: 0, maxIdleMs: 0 }));
  await assert.rejects(readdir(folder), 'a plan without a cookie needs none');
  await secret.follow(plan);
  const [name] = await readdir(folder);
  assert.equal((await stat(path.join(folder, name!))).mode & 0o777, 0o600);
  assert.equal((await KeptSecret.open(folder, quiet())).text, secret.text);
});

test('without a folder it ends with the process, which is said once', async () => {
  const told: string[] = [];
  const secret = await KeptSecret.open(undefined, quiet(told));
  assert.notEqual(secret.text, (await KeptSecret.open(undefined, quiet())).text);
  await secret.follow(plan);
  await secret.follow(plan);
  assert.equal(told.length, 1);
  assert.match(told[0]!, /write cookieSecret into the config/);
});

test('a file that others may read, or that is too short, is not believed, and stays', async (t) => {
  const folder = await folderFor(t);
  const file = path.join(folder, 'cookie-secret');
  for (const [text, mode, words] of [
    ['everybody knows this secret', 0o644, /others may read it/],
    ['too short', 0o600, /fewer than 16 letters/],
  ] as const) {
    await writeFile(file, text);
    await chmod(file, mode);
    const told: string[] = [];
    const secret = await KeptSecret.open(folder, quiet(told));
    assert.notEqual(secret.text, text);
    assert.match(told[0]!, words);
    await secret.follow(plan);
    assert.equal(await readFile(file, 'utf8'), text);
  }
});
