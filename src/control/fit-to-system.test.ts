import assert from 'node:assert/strict';
import { test } from 'node:test';

import { planFromCommand } from './config/from-command.ts';
import type { LoadResult } from './config/load-result.ts';
import { fitToSystem } from './fit-to-system.ts';
import { openFilesIn, readSystemLimits } from './system-limits.ts';

const roomy = { openFiles: 1_048_576, memoryBytes: 16 * 2 ** 30 };

function load(): Promise<LoadResult> {
  return planFromCommand(':8080', ['http://127.0.0.1:3000'], { environment: {}, instance: 'test' });
}

function fitted(result: LoadResult, system: Partial<typeof roomy>): { total: number; warnings: string[] } {
  const fit = fitToSystem(result, { ...roomy, ...system }, 'postern.yaml');
  assert.ok(fit.ok);
  const total = fit.plan.connections.total;
  return { total, warnings: fit.warnings.map(({ message, remedy }) => `${message}, ${remedy}`) };
}

test('a config that the system has room for stays as it is', async () => {
  const loaded = await load();
  assert.deepEqual(fitToSystem(loaded, roomy, 'postern.yaml'), loaded);
  assert.deepEqual(fitted(loaded, { openFiles: Number.POSITIVE_INFINITY }), { total: 10_000, warnings: [] });
});

test('two files a client and some for all else bound the connections, in words', async () => {
  const { total, warnings } = fitted(await load(), { openFiles: 1024 });
  assert.equal(total, 479);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^Cannot let 10000 clients in at once: this process may have 1024 files open/);
  assert.match(warnings[0]!, /479 are let in, raise the limit to 20064 \("ulimit -n"/);
});

test('a little less than was asked for is not worth a word, and one connection is let in whatever the limit', async () => {
  assert.deepEqual(fitted(await load(), { openFiles: 20_000 }), { total: 9967, warnings: [] });
  assert.equal(fitted(await load(), { openFiles: 64 }).total, 1);
});

test('a container that is too small for its connections is warned of', async () => {
  const { total, warnings } = fitted(await load(), { memoryBytes: 128 * 2 ** 20 });
  assert.equal(total, 10_000);
  assert.match(warnings[0]!, /^10000 idle clients would take 179 MB, and this process may have 128 MB/);
});

test('a refused config is passed on', async () => {
  const refused: LoadResult = { ok: false, problems: [] };
  assert.equal(fitToSystem(refused, { ...roomy, openFiles: 64 }, 'postern.yaml'), refused);
});

test('the limit of open files is read as Linux writes it', async () => {
  assert.equal(
    openFilesIn('Limit  Soft Limit  Hard Limit\nMax open files            1024                 4096    files\n'),
    1024,
  );
  assert.equal(
    openFilesIn('Max open files            unlimited            unlimited    files\n'),
    Number.POSITIVE_INFINITY,
  );
  assert.equal(openFilesIn(''), Number.POSITIVE_INFINITY);
  const system = await readSystemLimits();
  assert.ok(system.openFiles >= 64 && system.memoryBytes > 2 ** 20, JSON.stringify(system));
});
