import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { HostsFile } from './hosts-file.ts';

test('refresh() reads the file again only when it changed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-hosts-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'hosts');
  const hosts = new HostsFile(path);
  assert.equal(await hosts.refresh(), false, 'a missing file is an empty one');

  await writeFile(path, '192.0.2.1 a\n');
  assert.equal(await hosts.refresh(), true);
  assert.deepEqual(hosts.lookup('a'), ['192.0.2.1']);
  assert.equal(await hosts.refresh(), false);

  await writeFile(join(folder, 'next'), '192.0.2.2 a\n');
  await rename(join(folder, 'next'), path);
  assert.equal(await hosts.refresh(), true);
  assert.deepEqual(hosts.lookup('a'), ['192.0.2.2']);

  await rm(path);
  assert.equal(await hosts.refresh(), true);
  assert.equal(hosts.lookup('a'), undefined);
});

test('refresh() keeps the table and says why where the file cannot be read', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-hosts-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'hosts');
  await writeFile(path, '192.0.2.1 a\n');
  const hosts = new HostsFile(path);
  await hosts.refresh();
  await rm(path);
  await mkdir(path);
  await assert.rejects(hosts.refresh(), new RegExp(`Cannot read the hosts file ${path}: EISDIR`));
  assert.deepEqual(hosts.lookup('a'), ['192.0.2.1']);
});
