import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SharedCount } from './shared-count.ts';

void test('take() takes up to the limit over all threads, and give() makes room again', () => {
  const memory = SharedCount.allocate(2);
  const [a, b] = [new SharedCount(memory, 0), new SharedCount(memory, 1)];
  assert.ok(a.take(3) && b.take(3, 2));
  assert.equal(a.take(3), false);
  assert.equal(b.take(4, 2), false);
  assert.deepEqual([a.sum, a.own, b.own], [3, 1, 2]);
  b.give(2);
  assert.ok(a.take(3, 2));
  assert.equal(a.take(Infinity, 2 ** 31 - 4), true, 'no limit is the largest number there is');
  assert.equal(b.take(Infinity), false);
});

void test('giveBackAll() gives back what one thread held, and nothing else', () => {
  const memory = SharedCount.allocate(2);
  const [a, b] = [new SharedCount(memory, 0), new SharedCount(memory, 1)];
  a.take(9, 4);
  b.take(9, 5);
  a.giveBackAll();
  assert.deepEqual([b.sum, a.own, b.own], [5, 0, 5]);
  a.giveBackAll();
  assert.equal(b.sum, 5);
});

void test('a lower limit takes nothing away, and holds for who comes next', () => {
  const count = new SharedCount(SharedCount.allocate(1), 0);
  assert.ok(count.take(5, 5));
  assert.equal(count.take(2), false);
  count.give(4);
  assert.ok(count.take(2));
});

test('a thread knows whether another one wants units, until that one has them or has ended', () => {
  const memory = SharedCount.allocate(3);
  const [first, second] = [new SharedCount(memory, 0), new SharedCount(memory, 2)];
  second.want(true);
  assert.ok(first.othersWant);
  assert.ok(!second.othersWant);
  second.want(false);
  assert.ok(!first.othersWant);
  second.want(true);
  second.giveBackAll();
  assert.ok(!first.othersWant);
});
