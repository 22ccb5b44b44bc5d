import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedRatios, spreadOf } from './statistics.ts';

test('spreadOf() gives the middle of an odd number and the mean of the middle two of an even one', () => {
  assert.deepEqual(spreadOf([9, 1, 5]), { min: 1, median: 5, max: 9 });
  assert.deepEqual(spreadOf([4, 1, 2, 9]), { min: 1, median: 3, max: 9 });
  assert.equal(spreadOf([]), undefined);
});

test('pairedRatios() compares round by round, so noise that both sides share does not count', () => {
  assert.deepEqual(pairedRatios([10, 100, 20], [5, 50, 10]), { min: 2, median: 2, max: 2 });
});

test('pairedRatios() leaves out rounds in which one side was invalid', () => {
  assert.deepEqual(pairedRatios([10, undefined, 30], [10, 1, undefined]), { min: 1, median: 1, max: 1 });
  assert.equal(pairedRatios([undefined], [3]), undefined);
});
