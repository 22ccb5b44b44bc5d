import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LoadAverage, readLoad } from './load-report.ts';

void test('readLoad() takes the number of the first line', () => {
  assert.equal(readLoad('42'), 42);
  assert.equal(readLoad(' 7.5 %\r\nmore'), 7);
  assert.equal(readLoad('100\n'), 100);
  for (const down of ['101', '102\n']) assert.equal(readLoad(down), 'down');
  for (const none of ['', 'x', '-1', '103', '1e1', '4 2', '\n42x']) assert.equal(readLoad(none), undefined, none);
});

void test('the busier a server is, the less is left of its weight, and never nothing', () => {
  const shares = [0, 4, 30, 100].map((load) => new LoadAverage().take(load).share);
  assert.deepEqual(shares, [1, 1, 0.7, 0.05]);
});

void test('reports are smoothed, and small changes are not passed on', () => {
  const average = new LoadAverage();
  assert.deepEqual(
    [20, 60, 60, 52, 50, 0, 0, 0, 0, 0].map((load) => Math.round(average.take(load).share * 100)),
    [80, 60, 50, 50, 50, 75, 87, 94, 100, 100],
  );
});

void test('101 and 102 say that the server is down, and the next number that it is not', () => {
  const average = new LoadAverage();
  average.take(50);
  assert.deepEqual([average.take('down').health, average.take('down').share], ['down', 0.5]);
  assert.deepEqual([average.take(10).health, average.take(10).share], ['up', 0.9]);
});
