import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { FdSink } from './fd-sink.ts';

test('lines arrive in order, and flush() resolves when they are written', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-log-'));
  const path = join(folder, 'log');
  const fd = openSync(path, 'w');
  t.after(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  const sink = new FdSink(fd);
  for (let i = 0; i < 100; i++) sink.write(`line ${i}\n`);
  await sink.flush(5000);
  assert.deepEqual(readFileSync(path, 'utf8').trimEnd().split('\n').length, 100);
  sink.write('last words\n');
  sink.flushSync();
  assert.match(readFileSync(path, 'utf8'), /line 99\nlast words\n$/);
});

test('a file descriptor that cannot be written to never throws', async () => {
  const fd = openSync('/dev/full', 'w');
  const sink = new FdSink(fd);
  sink.write('lost\n');
  await sink.flush(5000);
  assert.equal(sink.takeDropped(), 1);
  sink.write('lost too\n');
  sink.flushSync();
  await sink.flush(5000);
  closeSync(fd);
});

test('lines past the bound are dropped and counted', async () => {
  const fd = openSync('/dev/null', 'w');
  const sink = new FdSink(fd);
  const line = 'x'.repeat(1024);
  for (let i = 0; i < 1030; i++) sink.write(line);
  assert.equal(sink.takeDropped(), 6);
  assert.equal(sink.takeDropped(), 0);
  await sink.flush(5000);
  closeSync(fd);
});
