import assert from 'node:assert/strict';
import { constants, openSync, readSync, closeSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import type { AccessLogFormat, AccessLogPlan } from '../plan.ts';
import { AccessLog, openAccessLog } from './access-log.ts';
import type { Sink } from './sink.ts';
import { exchangeOf } from './fixtures.test.ts';

interface World {
  readonly folder: string;
  readonly warnings: string[];
  readonly env: Parameters<typeof openAccessLog>[1];
  open(path: string, format?: AccessLogFormat): Promise<AccessLog>;
}

async function world(t: TestContext): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'access-log-'));
  const warnings: string[] = [];
  const open: AccessLog[] = [];
  t.after(async () => {
    await Promise.all(open.map((log) => log.close()));
    await rm(folder, { recursive: true });
  });
  const quiet = (): void => undefined;
  const log = { debug: quiet, info: quiet, error: quiet, warn: (message: string): void => void warnings.push(message) };
  const env = { clock: systemClock, log };
  return {
    ...{ folder, warnings, env },
    open: async (path, format = 'json') => {
      const made = await openAccessLog(planOf(path, format), env);
      open.push(made);
      return made;
    },
  };
}

function planOf(path: string, format: AccessLogFormat = 'json'): AccessLogPlan {
  return { format, to: { kind: 'file', path }, mask: ['password'], rotate: undefined };
}

/** The ids of the lines in a file; each must be whole. */
function idsOf(text: string): string[] {
  assert.ok(text === '' || text.endsWith('\n'));
  const lines: unknown[] = text
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));
  return lines.map((line) => (typeof line === 'object' && line !== null && 'id' in line ? String(line.id) : ''));
}

function record(log: AccessLog, from: number, to: number): void {
  for (let i = from; i < to; i++) log.record(exchangeOf({ id: `n${i}`, path: `/${'x'.repeat(i % 700)}` }));
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `n${from + i}`);
}

/** Waits for what happens elsewhere, 10 s at most. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (await holds()) return;
    await pause(10);
  }
  assert.fail('it did not come about');
}

test('lines reach the file in order, the last ones with close()', async (t) => {
  const umask = process.umask(0o022);
  t.after(() => process.umask(umask));
  const w = await world(t);
  const path = join(w.folder, 'new', 'access.log');
  const log = await w.open(path);
  record(log, 0, 2000);
  await log.close();
  assert.deepEqual(idsOf(await readFile(path, 'latin1')), numbers(0, 2000));
  assert.deepEqual([log.written, log.dropped], [2000, 0]);
  assert.equal((await stat(path)).mode & 0o777, 0o640);
});

test('a single line comes by itself after a short while', async (t) => {
  const w = await world(t);
  const path = join(w.folder, 'access.log');
  const log = await w.open(path);
  record(log, 0, 1);
  await until(() => log.written === 1);
  assert.deepEqual(idsOf(await readFile(path, 'latin1')), ['n0']);
  record(log, 1, 2);
  await until(() => log.written === 2);
});

test('an existing file is appended to', async (t) => {
  const w = await world(t);
  const path = join(w.folder, 'access.log');
  await writeFile(path, 'before\n');
  const log = await w.open(path, 'combined');
  record(log, 0, 1);
  await log.close();
  assert.match(await readFile(path, 'latin1'), /^before\n10\.0\.2\.204 - - \[/);
});

test('the time of a line is when the exchange began', async (t) => {
  const w = await world(t);
  const path = join(w.folder, 'access.log');
  const clock = { now: (): number => 3000, date: (): number => Date.UTC(2026, 10, 21, 9, 30, 21) };
  const log = await openAccessLog(planOf(path), { ...w.env, clock });
  record(log, 0, 1); // Began at 1000 of the clock.
  await log.close();
  assert.match(await readFile(path, 'latin1'), /^\{"time":"2026-11-21T09:30:19\.000Z"/);
});

test('what cannot be opened is said in words', async (t) => {
  const w = await world(t);
  await writeFile(join(w.folder, 'file'), '');
  await assert.rejects(
    w.open(w.folder),
    /^Error: Cannot open the access log .*: it is a folder, name a file in it \(EISDIR\)$/,
  );
  await assert.rejects(w.open(join(w.folder, 'file', 'access.log')), /a part of the path is not a folder/);
});

test('a full disk costs lines and a warning, nothing else, and writing goes on', async (t) => {
  const w = await world(t);
  const log = await w.open('/dev/full');
  record(log, 0, 500);
  await until(() => log.dropped === 500);
  record(log, 0, 500);
  await log.close();
  assert.deepEqual([log.written, log.dropped], [0, 1000]);
  assert.match(w.warnings.join('\n'), /^Cannot write the access log: \d+ lines dropped, Error: ENOSPC/);
  assert.ok(w.warnings.length <= 3, `${w.warnings.length} warnings`);
});

test('a file that is deleted underneath takes lines still; reopen() makes a new one', async (t) => {
  const w = await world(t);
  const path = join(w.folder, 'deep', 'access.log');
  const log = await w.open(path);
  await rm(join(w.folder, 'deep'), { recursive: true });
  record(log, 0, 10);
  await until(() => log.written === 10);
  await log.reopen();
  record(log, 10, 20);
  await log.close();
  assert.deepEqual(idsOf(await readFile(path, 'latin1')), numbers(10, 20));
  assert.deepEqual(w.warnings, []);
});

test('reopen() during writes loses and doubles no line', async (t) => {
  const w = await world(t);
  const path = join(w.folder, 'access.log');
  const log = await w.open(path);
  for (let turn = 0; turn < 10; turn++) {
    record(log, turn * 1000, turn * 1000 + 500);
    await rename(path, `${path}.${turn}`);
    const reopened = [log.reopen(), log.reopen(), log.reopen()];
    record(log, turn * 1000 + 500, turn * 1000 + 1000);
    await Promise.all(reopened);
  }
  await log.close();
  const files = Array.from({ length: 10 }, (_, turn) => `${path}.${turn}`).concat(path);
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  assert.deepEqual(texts.flatMap(idsOf), numbers(0, 10_000));
});

test('reopen() that fails keeps the file that was open', async (t) => {
  const w = await world(t);
  const path = join(w.folder, 'a', 'access.log');
  const log = await w.open(path);
  await rename(join(w.folder, 'a'), join(w.folder, 'b'));
  await writeFile(join(w.folder, 'a'), '');
  await log.reopen();
  assert.match(w.warnings.join(), /Cannot open the access log .*still writing to the file that was open/);
  record(log, 0, 3);
  await log.close();
  assert.deepEqual(idsOf(await readFile(join(w.folder, 'b', 'access.log'), 'latin1')), numbers(0, 3));
});

test('after close() lines are counted as dropped, and reopen() does nothing', async (t) => {
  const w = await world(t);
  const path = join(w.folder, 'access.log');
  const log = await w.open(path);
  await Promise.all([log.close(), log.close(), log.reopen()]);
  await rm(path);
  record(log, 0, 3);
  await log.reopen();
  assert.equal(log.dropped, 3);
  await assert.rejects(stat(path), /ENOENT/);
});

test('an exchange that cannot be formatted costs its line only', async (t) => {
  const w = await world(t);
  const log = await w.open(join(w.folder, 'access.log'));
  const broken = exchangeOf();
  Object.defineProperty(broken, 'headers', { get: () => assert.fail('broken') });
  log.record(broken);
  record(log, 0, 1);
  await log.close();
  assert.deepEqual([log.written, log.dropped], [1, 1]);
});

test('a pipe nobody reads holds up nothing: lines past the bound are dropped, close() gives up', async (t) => {
  const w = await world(t);
  const path = join(w.folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const log = await w.open(path);
  record(log, 0, 20_000);
  assert.ok(log.dropped > 5000, `${log.dropped} dropped`);
  await log.close();
  assert.equal(log.written + log.dropped, 20_000);
  assert.match(w.warnings[0] ?? '', /lines dropped, the disk or the reader is slower than the traffic/);
  assert.ok(w.warnings.length <= 5);
});

test('a pipe whose reader comes late gets the lines that waited', async (t) => {
  const w = await world(t);
  const path = join(w.folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const log = await w.open(path);
  record(log, 0, 1000);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  t.after(() => closeSync(reader));
  const chunk = Buffer.alloc(65_536);
  let text = '';
  await until(() => {
    text += chunk.toString('latin1', 0, readNow(reader, chunk));
    return text.split('\n').length > 1000;
  });
  assert.deepEqual(idsOf(text), numbers(0, 1000));
});

/** Bytes that are there; 0: none. */
function readNow(fd: number, into: Buffer): number {
  try {
    return readSync(fd, into);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0;
    throw error;
  }
}

test('a write that never comes back holds up neither record() nor close()', async (t) => {
  const w = await world(t);
  const { promise: stuck, resolve: release } = Promise.withResolvers<number>();
  const begun: number[] = [];
  const sink: Sink = {
    pieceBytes: Infinity,
    write: (bytes, from, to) => {
      begun.push(bytes.toString('latin1', from, to).split('\n').length - 1);
      return stuck;
    },
    cut: () => Promise.resolve(false),
    close: () => stuck.then(() => undefined),
  };
  const log = new AccessLog(planOf('/stuck'), sink, w.env);
  record(log, 0, 2000);
  await log.close();
  assert.equal(log.written, 0);
  assert.equal(begun.length, 1, 'no second write behind one that has not come back');
  assert.ok(begun[0]! < 2000, 'some lines waited');
  assert.equal(log.dropped, 2000 - begun[0]!, 'all that waited');
  release(1_000_000);
});
