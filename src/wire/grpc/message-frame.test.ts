import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { frameMessage, onlyMessage } from './message-frame.ts';

void test('onlyMessage() gives back what frameMessage() has framed', () => {
  assert.deepEqual(frameMessage(Buffer.from('abc')), Buffer.from([0, 0, 0, 0, 3, 97, 98, 99]));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.deepEqual(onlyMessage(frameMessage(Buffer.from(bytes))), Buffer.from(bytes));
    }),
  );
});

void test('onlyMessage() refuses what is compressed, cut, or has something behind it', () => {
  const whole = frameMessage(Buffer.from('abc'));
  for (let length = 0; length < whole.length; length++) assert.equal(onlyMessage(whole.subarray(0, length)), undefined);
  assert.equal(onlyMessage(Buffer.concat([whole, whole])), undefined);
  assert.equal(onlyMessage(Buffer.from([1, 0, 0, 0, 1, 97])), undefined);
  assert.equal(onlyMessage(Buffer.from([0, 255, 255, 255, 255, 97])), undefined);
});
