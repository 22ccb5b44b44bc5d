import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { until } from '../../../test/harness/until.ts';
import { systemClock, type Clock } from '../../core/clock.ts';
import { FileWatch, type ChangeResult } from './watch-files.ts';

const times = { quietMs: 20, atMostEveryMs: 60, pollMs: 40 };

/** Files seem old to it, so that none counts as just written. */
const later: Clock = { now: () => systemClock.now(), date: () => systemClock.date() + 3_600_000 };

interface Scene {
  readonly file: string;
  readonly watch: FileWatch;
  /** When `onChange` was called, as the watch has it. */
  readonly calls: number[];
  results: ChangeResult[];
}

async function scene(t: TestContext, clock: Clock = later): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-watch-'));
  const file = join(folder, 'a.pem');
  await writeFile(file, 'one');
  const calls: number[] = [];
  const results: ChangeResult[] = [];
  const onChange = async (): Promise<ChangeResult> => {
    calls.push(now);
    return results.shift() ?? 'taken';
  };
  let now = 0;
  const noted: Clock = { now: () => (now = clock.now()), date: () => clock.date() };
  const watch = new FileWatch({ clock: noted, onChange, times });
  t.after(async () => {
    watch.stop();
    await rm(folder, { recursive: true });
  });
  return { file, watch, calls, results };
}

test('a changed, a replaced and a removed file are each told of', async (t) => {
  const { file, watch, calls } = await scene(t);
  await watch.follow([file]);
  await appendFile(file, ', and more'); // One change: it is not empty in between.
  await until('the change', () => calls.length === 1);
  await writeFile(`${file}.new`, 'three');
  await rename(`${file}.new`, file);
  await until('the replacement', () => calls.length === 2);
  await unlink(file);
  await until('the removal', () => calls.length === 3);
});

test('a file that stays as it is is not told of, however often it is looked at', async (t) => {
  const { file, watch, calls } = await scene(t);
  await watch.follow([file]);
  const other = `${file}.other`;
  // Events of a neighbour in the folder make it look, too.
  for (let i = 0; i < 5; i++) {
    await writeFile(other, String(i));
    await new Promise((resolve) => void setTimeout(resolve, 30));
  }
  assert.deepEqual(calls, []);
});

test('a file that was written just now counts as changed once, since the load may have missed it', async (t) => {
  const { file, watch, calls } = await scene(t, systemClock);
  await watch.follow([file]);
  await until('the look', () => calls.length === 1);
});

test('a change that could not be put in force is tried again', async (t) => {
  const { file, watch, calls, results } = await scene(t);
  results.push('failed', 'failed');
  await watch.follow([file]);
  await writeFile(file, 'two, longer');
  await until('the third try', () => calls.length === 3);
});

test('a file that changes all the time is taken now and then, and not more often', async (t) => {
  const { file, watch, calls } = await scene(t);
  await watch.follow([file]);
  for (let i = 0; calls.length < 4 && i < 2000; i++) {
    await writeFile(file, 'x'.repeat(i));
    await new Promise((resolve) => void setTimeout(resolve, 2));
  }
  assert.equal(calls.length, 4);
  // A timer may fire a little early.
  for (let i = 1; i < calls.length; i++) assert.ok(calls[i]! - calls[i - 1]! >= times.atMostEveryMs - 2);
});

test('nothing is told of after stop()', async (t) => {
  const { file, watch, calls } = await scene(t);
  await watch.follow([file]);
  watch.stop();
  await writeFile(file, 'two, longer');
  await new Promise((resolve) => void setTimeout(resolve, 100));
  assert.deepEqual(calls, []);
});
