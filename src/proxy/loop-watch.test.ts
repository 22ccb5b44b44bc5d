import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { until } from '../../test/harness/until.ts';
import { LoopWatch } from './loop-watch.ts';

void test('a loop that was held up is told for a minute or two, and then no more', async () => {
  const watch = new LoopWatch();
  assert.deepEqual(watch.delay(0), { mean: 0, p99: 0, max: 0 });
  watch.start(0);
  try {
    await pause(60);
    const end = performance.now() + 150;
    while (performance.now() < end);
    await pause(60);
    assert.ok(watch.delay(1000).max >= 100);
    assert.ok(watch.delay(60_000).max >= 100, 'the window ends');
    assert.ok(watch.delay(61_000).max >= 100, 'it is the one before');
    // A busy machine may hold it up again, but not for ever.
    let now = 121_000;
    await until('a minute or two in which nothing held it up', () => watch.delay((now += 60_000)).max < 100);
  } finally {
    watch.stop();
  }
});
