import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ReloadQueue } from './reload-queue.ts';

test('one job runs at a time, and all who ask meanwhile share the next one', async () => {
  const ends: (() => void)[] = [];
  let runs = 0;
  const queue = new ReloadQueue(async () => {
    const run = ++runs;
    await new Promise<void>((resolve) => void ends.push(resolve));
    return run;
  });
  const first = queue.run();
  const others = [queue.run(), queue.run(), queue.run()];
  assert.equal(runs, 1);
  ends[0]!();
  assert.equal(await first, 1);
  while (runs < 2) await Promise.resolve();
  assert.equal(runs, 2);
  ends[1]!();
  assert.deepEqual(await Promise.all(others), [2, 2, 2]);
  await queue.idle();
  const again = queue.run();
  ends[2]!();
  assert.equal(await again, 3);
});

test('a job that fails does not keep the next one from running', async () => {
  let runs = 0;
  const queue = new ReloadQueue(async () => {
    runs += 1;
    if (runs === 1) throw new Error('planted');
    return runs;
  });
  const first = queue.run();
  const second = queue.run();
  await assert.rejects(first, /planted/);
  assert.equal(await second, 2);
  await queue.idle();
});
