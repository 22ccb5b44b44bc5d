import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sameEnds } from './same-ends.ts';

const [a, b, c] = [{}, {}, {}];

test('sameEnds() counts what is the same object at both ends, and no item twice', () => {
  const cases: [readonly object[], readonly object[], number, number][] = [
    [[], [], 0, 0],
    [[a, b], [a, b], 2, 0],
    [[a, b, c], [a, {}, c], 1, 1],
    [[a, b, c], [b, c], 0, 2],
    [[a, b], [a, b, c], 2, 0],
    [[a, a], [a, a, a], 2, 0],
    [[a, b, a], [a], 1, 0],
    [[a], [b], 0, 0],
  ];
  for (const [one, other, start, end] of cases) {
    assert.deepEqual(sameEnds(one, other), { start, end });
    assert.deepEqual(sameEnds(other, one), { start, end });
  }
});
