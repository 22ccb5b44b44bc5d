import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HeartbeatWatch } from './heartbeat-watch.ts';

const limits = { everyMs: 500, silenceMs: 5000 };

/** Ticks every 500 ms from `from` to `to` and says when the watch called the thread hung. */
function hungAt(watch: HeartbeatWatch, from: number, to: number): number | undefined {
  for (let now = from; now <= to; now += 500) if (watch.tick(now)) return now;
  return undefined;
}

test('a thread without a beat is hung after the silence, not before', () => {
  assert.equal(hungAt(new HeartbeatWatch(limits, 0), 500, 20_000), 5000);
});

test('a beat starts the silence anew', () => {
  const watch = new HeartbeatWatch(limits, 0);
  assert.equal(hungAt(watch, 500, 4500), undefined);
  watch.beat();
  assert.equal(hungAt(watch, 5000, 20_000), 9500);
});

test('time in which our own timers were late does not count', () => {
  const watch = new HeartbeatWatch(limits, 0);
  assert.equal(hungAt(watch, 500, 4500), undefined);
  assert.equal(watch.tick(64_500), false, 'main was blocked for a minute');
  assert.equal(hungAt(watch, 65_000, 90_000), 69_500);
});
