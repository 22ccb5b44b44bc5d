import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { giveFolder, giveLog } from './give-files.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-give-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const isRoot = process.getuid?.() === 0;
/** Who is not root can give things to nobody but itself. */
const account = isRoot
  ? { uid: 65_534, gid: 65_534, name: undefined }
  : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, name: undefined };

test('a missing folder is made for the user, and one that is there stays whose it is', (t) => {
  const umask = process.umask(0o022);
  t.after(() => process.umask(umask));
  const folder = folderFor(t);
  giveFolder(join(folder, 'a', 'b'), account);
  assert.equal(statSync(join(folder, 'a', 'b')).uid, account.uid);
  assert.equal(statSync(join(folder, 'a', 'b')).mode & 0o777, 0o750);
  giveFolder(folder, account);
  assert.equal(statSync(folder).uid, process.getuid?.());
});

test('a log is made for the user, and its lines stay', (t) => {
  const umask = process.umask(0o022);
  t.after(() => process.umask(umask));
  const file = join(folderFor(t), 'access.log');
  giveLog(file, account);
  assert.equal(statSync(file).uid, account.uid);
  assert.equal(statSync(file).mode & 0o777, 0o640);
  writeFileSync(file, 'line\n');
  giveLog(file, account);
  assert.equal(readFileSync(file, 'utf8'), 'line\n');
});

test('links are not followed: what they lead to stays whose it is', (t) => {
  const folder = folderFor(t);
  const precious = join(folder, 'precious');
  writeFileSync(precious, '');
  symlinkSync(precious, join(folder, 'soft.log'));
  assert.throws(() => giveLog(join(folder, 'soft.log'), account), /symbolic link/);
  symlinkSync(join(folder, 'new'), join(folder, 'dangling.log'));
  assert.throws(() => giveLog(join(folder, 'dangling.log'), account), /symbolic link/);
  assert.equal(existsSync(join(folder, 'new')), false);
  linkSync(precious, join(folder, 'hard.log'));
  giveLog(join(folder, 'hard.log'), account);
  assert.equal(statSync(precious).uid, process.getuid?.());
});
