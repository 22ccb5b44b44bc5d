import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { loadConfig } from './load-config.ts';
import { loadConfigInWorker } from './load-in-worker.ts';

const env = { environment: { PORT: '81', NONE: undefined }, instance: 'test' };
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-worker-'));
});
after(async () => await rm(folder, { recursive: true }));

test('loadConfigInWorker() gives what loadConfig() gives', async () => {
  const file = fileURLToPath(new URL('../../../examples/several-paths.yaml', import.meta.url));
  const result = await loadConfigInWorker(file, env);
  assert.ok(result.ok);
  assert.deepEqual(result, await loadConfig(file, env));
});

test('loadConfigInWorker() gives the problems of a bad config', async () => {
  const file = join(folder, 'bad.yaml');
  await writeFile(file, 'listeners: { web: { address: ":${PORT}" } }\nroutes: [{ to: "${NONE}" }]\n');
  const result = await loadConfigInWorker(file, env);
  assert.ok(!result.ok);
  assert.deepEqual(result, await loadConfig(file, env));
});

test('loadConfigInWorker() gives up after its time', async () => {
  const result = await loadConfigInWorker(join(folder, 'bad.yaml'), env, { timeoutMs: 1 });
  assert.ok(!result.ok);
  assert.match(result.problems[0]!.message, /longer than 1 ms/);
});

test('loadConfigInWorker() survives a config that takes more memory than it may', async () => {
  const file = join(folder, 'large.yaml');
  await writeFile(file, `routes:\n${'  - { host: a.example, path: /a, to: http://10.0.0.1 }\n'.repeat(100_000)}`);
  const result = await loadConfigInWorker(file, env, { memoryMb: 32 });
  assert.ok(!result.ok);
  assert.match(result.problems[0]!.message, /too much memory/);
});
