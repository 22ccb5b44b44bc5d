import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { createKeptFile, readKeptFile } from './kept-file.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-kept-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const rules = { mostBytes: 10, secret: true };

test('what was written is read again, and only the user may', async (t) => {
  const path = join(folderOf(t), 'file');
  assert.equal(await readKeptFile(path, rules), undefined);
  await createKeptFile(path, 'text');
  assert.equal(await readKeptFile(path, rules), 'text');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await assert.rejects(createKeptFile(path, 'other'), { code: 'EEXIST' });
});

test('a file that others could have changed, or read, counts as none of ours', async (t) => {
  const folder = folderOf(t);
  const path = join(folder, 'file');
  writeFileSync(path, 'text', { mode: 0o644 });
  assert.equal(await readKeptFile(path, { ...rules, secret: false }), 'text');
  await assert.rejects(readKeptFile(path, rules), /others may read it; chmod 600/);
  chmodSync(path, 0o622);
  await assert.rejects(readKeptFile(path, { ...rules, secret: false }), /others may write it/);
  chmodSync(path, 0o600);
  await assert.rejects(readKeptFile(path, { ...rules, mostBytes: 3 }), /it has more than 3 bytes/);
  symlinkSync(path, join(folder, 'link'));
  await assert.rejects(readKeptFile(join(folder, 'link'), rules), { code: 'ELOOP' });
  await assert.rejects(createKeptFile(join(folder, 'link'), ''), { code: 'EEXIST' });
  mkdirSync(join(folder, 'folder'));
  await assert.rejects(readKeptFile(join(folder, 'folder'), rules), /it is no file/);
});
