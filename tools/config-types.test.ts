import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { configTypes, typesFile } from './config-types.ts';

const root = path.resolve(import.meta.dirname, '..');

void test('src/config-input.ts is what the schema says', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'postern-types-'));
  try {
    const made = path.join(folder, 'config-input.ts');
    await writeFile(made, configTypes());
    await copyFile(path.join(root, '.oxfmtrc.json'), path.join(folder, '.oxfmtrc.json'));
    execFileSync(path.join(root, 'node_modules/.bin/oxfmt'), ['config-input.ts'], { cwd: folder, stdio: 'ignore' });
    const written = await readFile(typesFile, 'utf8');
    assert.equal(written, await readFile(made, 'utf8'), 'out of date: run node tools/config-types.ts and oxfmt');
  } finally {
    await rm(folder, { recursive: true });
  }
});
