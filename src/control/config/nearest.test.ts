import assert from 'node:assert/strict';
import { test } from 'node:test';

import { nearest } from './nearest.ts';

test('nearest() finds the word of which another is a slip', () => {
  const keys = ['listeners', 'routes', 'pools', 'to', 'host', 'path'];
  const slips = ['listner', 'ruotes', 'Pools', 'too', 'hsot', 'paht'];
  assert.deepEqual(
    slips.map((slip) => nearest(slip, keys)),
    keys,
  );
});

test('nearest() has nothing where no word is near', () => {
  assert.equal(nearest('middleware', ['listeners', 'routes']), undefined);
  assert.equal(nearest('', ['to']), undefined);
  assert.equal(nearest('x'.repeat(1000), ['x'.repeat(999)]), undefined);
});
