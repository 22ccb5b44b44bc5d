import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { HostsFile, parseHosts } from './hosts-file.ts';

test('parseHosts() reads names, aliases, both families and comments', () => {
  const table = parseHosts(
    ['# a comment', '192.0.2.1 app.test APP2.test. # more', '  2001:db8::1\tapp.test', '192.0.2.1 app.test', ''].join(
      '\n',
    ),
  );
  assert.deepEqual(
    [...table],
    [
      ['app.test', ['192.0.2.1', '2001:db8::1']],
      ['app2.test', ['192.0.2.1']],
    ],
  );
});

test('parseHosts() leaves out what is no line of a hosts file', () => {
  assert.equal(parseHosts('300.1.1.1 a\nname only\n192.0.2.1\n\u0000\u0001\n999\r\n').size, 0);
});

test('parseHosts() takes CRLF', () => {
  assert.deepEqual(parseHosts('192.0.2.1 a b\r\n192.0.2.2 c\r\n').get('b'), ['192.0.2.1']);
});

test('parseHosts() bounds the addresses of one name', () => {
  const lines = Array.from({ length: 200 }, (_, i) => `192.0.2.${i} a`);
  assert.equal(parseHosts(lines.join('\n')).get('a')?.length, 64);
});

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
