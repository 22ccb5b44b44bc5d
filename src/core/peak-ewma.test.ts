import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PeakEwma } from './peak-ewma.ts';

void test('nothing seen is 0, and known from the first value on', () => {
  const average = new PeakEwma();
  assert.deepEqual([average.known, average.at(5)], [false, 0]);
  average.observe(20, 1000);
  assert.deepEqual([average.known, average.at(1000)], [true, 20]);
});

void test('a higher value counts at once, lower ones little by little', () => {
  const average = new PeakEwma();
  average.observe(20, 1000);
  average.observe(500, 1001);
  assert.equal(average.at(1001), 500);
  average.observe(20, 1101);
  const soon = average.at(1101);
  assert.ok(soon > 480 && soon < 500, String(soon));
  for (let i = 1; i <= 60; i++) average.observe(20, 1101 + i * 1000);
  const late = average.at(61_101);
  assert.ok(late >= 20 && late < 25, String(late));
});

void test('it falls by itself, and never below a tenth of a millisecond at once', () => {
  const average = new PeakEwma();
  average.observe(1000, 1);
  const soon = average.at(10_001);
  assert.ok(soon > 370 && soon < 400, String(soon));
  // A server that answers within a millisecond is not avoided for long because it once took a second.
  assert.ok(average.at(90_000) < 1, String(average.at(90_000)));
  average.observe(0, 600_000);
  assert.ok(average.at(600_000) >= 0.1);
});
