import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { CounterBook } from '../../src/core/shared/counter-book.ts';
import { SharedCount } from '../../src/core/shared/shared-count.ts';
import { SharedKeyCounts } from '../../src/core/shared/shared-key-counts.ts';
import type { SharedWork } from './shared-worker.ts';

const threads = 4;
const every: readonly number[] = Array.from({ length: threads }, (_, i) => i);
const entry = new URL('./shared-worker.ts', import.meta.url);

function start(workerData: SharedWork): Worker {
  return new Worker(entry, { workerData });
}

async function told<T>(worker: Worker): Promise<T> {
  const [message] = await once(worker, 'message');
  return message as T;
}

void test(
  'threads that take and give at once never pass the limit, and lose no unit',
  { timeout: 60_000 },
  async () => {
    const memory = SharedCount.allocate(threads);
    const limit = 100;
    const workers = every.map((thread) =>
      start({ kind: 'count', memory, thread, limit, rounds: 300_000, held: thread * 5 }),
    );
    const results = await Promise.all(workers.map((worker) => told<{ highest: number; own: number }>(worker)));
    const main = new SharedCount(memory, 0);
    for (const [thread, { highest, own }] of results.entries()) {
      assert.ok(highest <= limit, `${highest} of ${limit}`);
      assert.equal(own, thread * 5);
      assert.equal(new SharedCount(memory, thread).own, own);
    }
    assert.equal(main.sum, 30);
    await Promise.all(workers.map((worker) => worker.terminate()));
  },
);

void test(
  'a thread that is ended in the middle of it gives all back, and nothing of the others',
  { timeout: 60_000 },
  async () => {
    const memory = SharedCount.allocate(threads);
    for (let round = 0; round < 10; round++) {
      const workers = every.map((thread) =>
        start({ kind: 'count', memory, thread, limit: 1000, rounds: 1e9, held: 0 }),
      );
      const count = new SharedCount(memory, 0);
      while (count.sum < 100) await new Promise((resolve) => void setTimeout(resolve, 1));
      await Promise.all(workers.map((worker) => worker.terminate()));
      for (const thread of every) new SharedCount(memory, thread).giveBackAll();
      assert.equal(count.sum, 0);
    }
  },
);

void test('a key is never held more often than its limit, by all threads together', { timeout: 60_000 }, async () => {
  const keys = 5;
  const limit = 7;
  const memory = SharedKeyCounts.allocate(threads, 1000, [123, 456]);
  const sums = new SharedArrayBuffer(4 * (keys + 1));
  const views = every.map((thread) => new SharedKeyCounts(memory, thread));
  for (const view of views) view.begin();
  const workers = every.map((thread) =>
    start({ kind: 'keys', memory, thread, limit, rounds: 200_000, keys, sums, threads }),
  );
  type Told = { highest: number; taken: number; own: number[] };
  const results = await Promise.all(workers.map((worker) => told<Told>(worker)));
  for (const { highest, taken } of results) {
    assert.ok(highest <= limit, `${highest} of ${limit}`);
    assert.ok(taken > 1000, 'the limit is reached, and left again');
  }
  for (let key = 0; key < keys; key++) {
    const held = results.reduce((sum, { own }) => sum + own[key]!, 0);
    assert.equal(views[0]!.count(`10.0.0.${key}`), held);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  for (const view of views.slice(1)) view.giveBackAll();
  for (let key = 0; key < keys; key++) assert.equal(views[1]!.count(`10.0.0.${key}`), results[0]!.own[key]);
});

void test('no count is lost while threads move to other memory and end', { timeout: 60_000 }, async () => {
  const book = new CounterBook(2);
  const names = [['a', 'b'], ['b', 'c', 'a'], ['a']];
  const rounds = 100_000;
  await Promise.all(
    every.map(async (thread) => {
      const memories = names.map((each) => book.allocate(each.length));
      book.follow(thread, memories[0]!, names[0]!);
      const worker = start({ kind: 'sheet', memories, names, rounds });
      for (const [i, memory] of memories.entries()) {
        await told(worker);
        book.follow(thread, memory, names[i]!);
      }
      await worker.terminate();
      if (thread % 2 === 0) book.ended(thread);
    }),
  );
  assert.deepEqual([...book.read('a')], [3 * rounds * threads, 3 * rounds * threads * 1000]);
  assert.deepEqual([...book.read('b')], [0, 0]);
  book.keep([]);
  assert.deepEqual([...book.read('a')], [3 * rounds * 2, 3 * rounds * 2 * 1000]);
});
