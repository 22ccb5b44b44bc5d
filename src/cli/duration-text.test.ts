import assert from 'node:assert/strict';
import { test } from 'node:test';

import { durationText } from './duration-text.ts';

test('durationText() shows the two largest units', () => {
  assert.deepEqual([0, 999, 5000, 65_000, 3_600_000, 90_061_000].map(durationText), [
    '0 s',
    '0 s',
    '5 s',
    '1 min 5 s',
    '1 h 0 min',
    '1 d 1 h',
  ]);
});
