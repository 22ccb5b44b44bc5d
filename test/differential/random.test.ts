import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Random } from './random.ts';

test('the same seed and item give the same numbers, others give others', () => {
  const numbers = (seed: number, item: number): number[] => {
    const random = Random.of(seed, item);
    return Array.from({ length: 5 }, () => random.next());
  };
  assert.deepEqual(numbers(1, 2), numbers(1, 2));
  assert.notDeepEqual(numbers(1, 2), numbers(1, 3));
  assert.notDeepEqual(numbers(1, 2), numbers(2, 2));
});

test('below() reaches every number and no other', () => {
  const random = new Random(7);
  const seen = new Set(Array.from({ length: 1000 }, () => random.below(10)));
  assert.equal(seen.size, 10);
  assert.ok([...seen].every((number) => number >= 0 && number < 10));
  assert.equal(random.below(0), 0);
});
