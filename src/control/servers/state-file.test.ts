import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import type { RuntimeChange } from './runtime-change.ts';
import { readChanges, stateFile, writeChanges } from './state-file.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-state-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const split = { route: 'www', weights: { stable: 80, canary: 20 } };

const change: RuntimeChange = {
  pool: 'app',
  server: 'http://10.0.0.5',
  added: { url: 'http://10.0.0.5', weight: 2 },
  operator: 'drain',
  limits: { maxRequests: 5 },
  at: '2026-01-01T00:00:00.000Z',
  by: 'root',
};

test('what is written is read again, and only its owner may', async (t) => {
  const path = join(folderOf(t), 'made', 'x.servers.json');
  assert.deepEqual(await readChanges(path), { changes: [], splits: [] });
  await writeChanges(path, { changes: [change], splits: [split] });
  assert.deepEqual(await readChanges(path), { changes: [change], splits: [split] });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(path, '..')), ['x.servers.json']);
});

test('what is left of a write that was broken off does not matter, nor does a link in its place', async (t) => {
  const path = join(folderOf(t), 's.json');
  const other = join(path, '..', 'other');
  writeFileSync(other, 'mine');
  symlinkSync(other, `${path}.new`);
  await writeChanges(path, { changes: [change], splits: [split] });
  assert.deepEqual(await readChanges(path), { changes: [change], splits: [split] });
  assert.equal(readFileSync(other, 'utf8'), 'mine');
});

test('what is none of ours is refused in words', async (t) => {
  const path = join(folderOf(t), 's.json');
  const refused = async (text: string, why: RegExp): Promise<void> => {
    writeFileSync(path, text, { mode: 0o600 });
    await assert.rejects(readChanges(path), why);
  };
  await refused('', /it is not what Postern wrote/);
  await refused('{"version":2,"servers":"x"}', /it is of version 2, and this Postern knows version 1/);
  await refused('{"version":1,"servers":[{"pool":"app"}]}', /it is not what Postern wrote \(servers\.0/);
  const text = (more: object): string => JSON.stringify({ version: 1, servers: [{ ...change, ...more }] });
  await refused(text({ by: 'a\nb' }), /servers\.0\.by/);
  await refused(text({ weight: 1e9 }), /servers\.0\.weight/);
  await refused(text({ more: 1 }), /servers\.0/);
  await refused(`{"version":1,"servers":[${'[],'.repeat(20_000)}[]]}`, /it is not what Postern wrote/);
  writeFileSync(path, text({}));
  chmodSync(path, 0o622);
  await assert.rejects(readChanges(path), /others may write it/);
  await assert.rejects(readChanges(join(path, '..')), /it is no file/);
});

test('where nothing can be written, that is said', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(
    writeChanges(join(folder, 'file', 's.json'), { changes: [], splits: [] }),
    /Cannot keep the changes at run time in/,
  );
});

test('the file is where the config says, else where the service manager does, else beside the socket', () => {
  const socket = '/run/postern/web.sock';
  assert.equal(stateFile('/state', socket, { STATE_DIRECTORY: '/var/lib/postern' }), '/state/web.servers.json');
  assert.equal(stateFile(undefined, socket, { STATE_DIRECTORY: '/var/lib/a:/b' }), '/var/lib/a/web.servers.json');
  assert.equal(stateFile(undefined, socket, { STATE_DIRECTORY: '' }), '/run/postern/web.servers.json');
  assert.equal(stateFile(undefined, undefined, { STATE_DIRECTORY: '/var/lib/postern' }), undefined);
});
