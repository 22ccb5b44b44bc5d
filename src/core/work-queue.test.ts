import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SharedCount } from './shared/shared-count.ts';
import { WorkQueue } from './work-queue.ts';

test('WorkQueue hands a place on, also after a failure', async () => {
  const queue = new WorkQueue({ running: 1, waiting: 2 });
  let running = 0;
  const task = async (): Promise<void> => {
    assert.equal(++running, 1);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    throw new Error('x');
  };
  const runs = [queue.run(task), queue.run(task), queue.run(task)];
  assert.ok(queue.full);
  const ends = await Promise.allSettled(runs);
  assert.ok(ends.every(({ status }) => status === 'rejected'));
  assert.ok(!queue.full);
  assert.equal(await queue.run(async () => 7), 7);
});

/** Two threads with one place between them, and tasks that a test ends in the order in which they began. */
class TwoThreads {
  readonly memory: SharedArrayBuffer = SharedCount.allocate(2);
  readonly limits = { running: 1, waiting: 10 };
  readonly queues: readonly WorkQueue[] = [0, 1].map(
    (i) => new WorkQueue(this.limits, new SharedCount(this.memory, i)),
  );
  readonly began: string[] = [];
  readonly #ends: (() => void)[] = [];

  run(thread: number, name: string): Promise<void> {
    return this.queues[thread]!.run(() => {
      this.began.push(name);
      return new Promise((resolve) => void this.#ends.push(resolve));
    });
  }

  /** Ends the task that began first of those that run, as soon as there is one. */
  async endOne(): Promise<void> {
    for (let i = 0; this.#ends.length === 0; i++) {
      assert.ok(i < 1000, 'no task ran');
      await new Promise((resolve) => void setTimeout(resolve, 2));
    }
    this.#ends.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a thread with much to do lets another one have its turn', async () => {
  const two = new TwoThreads();
  const runs = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'].map((name) => two.run(0, name));
  runs.push(two.run(1, 'b1'));
  assert.deepEqual(two.began, ['a1']);
  for (let i = 0; i < runs.length; i++) {
    await two.endOne();
    assert.ok(new SharedCount(two.memory, 0).sum <= 1, 'one at once');
  }
  await Promise.all(runs);
  assert.equal(two.began.length, 7);
  assert.ok(two.began.indexOf('b1') < 6, two.began.join(' '));
  assert.equal(new SharedCount(two.memory, 0).sum, 0);
});

test('what a dead thread ran is a place for the others', async () => {
  const two = new TwoThreads();
  const dead = new SharedCount(two.memory, 0); // It runs something, and will never say that it has ended.
  dead.take(1);
  dead.want(true);
  const b1 = two.run(1, 'b1');
  assert.deepEqual(two.began, []);
  dead.giveBackAll();
  await two.endOne();
  await b1;
  assert.deepEqual(two.began, ['b1']);
});
