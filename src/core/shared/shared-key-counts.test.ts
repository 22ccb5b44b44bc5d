import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SharedKeyCounts } from './shared-key-counts.ts';

function pair(keys = 100): [SharedKeyCounts, SharedKeyCounts] {
  const memory = SharedKeyCounts.allocate(2, keys, [1, 2]);
  const both: [SharedKeyCounts, SharedKeyCounts] = [new SharedKeyCounts(memory, 0), new SharedKeyCounts(memory, 1)];
  for (const counts of both) counts.begin();
  return both;
}

void test('take() takes each key up to the limit over all threads', () => {
  const [a, b] = pair();
  assert.ok(a.take('x', 2) && b.take('x', 2));
  assert.equal(a.take('x', 2), false);
  assert.equal(b.take('x', 2), false);
  assert.ok(a.take('y', 2));
  assert.deepEqual([a.count('x'), b.count('x'), b.count('y'), a.count('z')], [2, 2, 1, 0]);
  b.give('x');
  assert.ok(a.take('x', 2));
});

void test('without a limit all are counted, for the limit that may come', () => {
  const [a, b] = pair();
  for (let i = 0; i < 50; i++) assert.ok(a.take('x', Infinity));
  assert.equal(b.take('x', 50), false);
  assert.ok(b.take('x', 51));
});

void test('give() of what nobody holds changes nothing', () => {
  const [a] = pair();
  a.give('x');
  assert.equal(a.count('x'), 0);
});

void test('giveBackAll() counts a thread no more, and begin() begins with nothing', () => {
  const [a, b] = pair();
  a.take('x', 9);
  b.take('x', 9);
  a.giveBackAll();
  assert.equal(b.count('x'), 1);
  a.begin();
  assert.equal(b.count('x'), 1);
});

void test('as many keys as were asked for have room, and their places are free again', () => {
  const [a, b] = pair(1000);
  for (let round = 0; round < 3; round++) {
    const keys = Array.from({ length: 1000 }, (_, i) => `2001:db8:${round}:${i}::/64`);
    for (const key of keys) assert.ok(a.take(key, 1), key);
    for (const key of keys) assert.equal(b.count(key), 1);
    for (const key of keys) a.give(key);
  }
});

void test('a full table refuses, and forgets nothing', () => {
  const [a] = pair(1);
  const taken = Array.from({ length: 500 }, (_, i) => `k${i}`).filter((key) => a.take(key, 1));
  assert.equal(taken.length, 64);
  for (const key of taken) assert.equal(a.count(key), 1);
});
