import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { loadConfigInWorker } from './control/config/load-in-worker.ts';
import { defineConfig } from './define-config.ts';

const fine = {
  listeners: { web: { address: '127.0.0.1:0' } },
  routes: [{ host: 'a.test', to: 'http://127.0.0.1:9', middleware: [{ 'body-limit': { max: '1MB' } }] }],
} as const;

void test('defineConfig() takes what the schema takes, and editors see the rest', () => {
  assert.equal(defineConfig(fine), fine);
  // @ts-expect-error -- a key that is misspelt
  defineConfig({ ...fine, listners: {} });
  // @ts-expect-error -- a value that is none of those that there are
  defineConfig({ ...fine, routes: [{ https: 'maybe', to: 'x' }] });
  // @ts-expect-error -- listeners are needed
  defineConfig({ routes: [] });
  defineConfig(async ({ environment }) => ({
    ...fine,
    log: { level: environment['LEVEL'] === 'x' ? 'debug' : 'info' },
  }));
});

void test('a postern.config.ts finds defineConfig without anything installed beside it, and is read anew each time', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'postern-define-'));
  try {
    const file = path.join(folder, 'postern.config.ts');
    for (const host of ['a.test', 'b.test']) {
      const text = `import { defineConfig } from 'postern';
        import { to } from './part.ts';
        export default defineConfig(({ environment }) => ({
          listeners: { web: { address: '127.0.0.1:0' } }, routes: [{ host: environment.NAME ?? '${host}', to }] }));`;
      // oxlint-disable-next-line no-await-in-loop -- the second takes the place of the first
      await writeFile(file, text);
      // oxlint-disable-next-line no-await-in-loop
      await writeFile(path.join(folder, 'part.ts'), `export const to: string = 'http://127.0.0.1:9';`);
      // oxlint-disable-next-line no-await-in-loop
      const result = await loadConfigInWorker(file, { environment: {}, instance: '' });
      assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.problems));
      assert.equal(result.plan.routes[0]?.name, `${host}/`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
