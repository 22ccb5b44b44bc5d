import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SharedCursor } from './shared-cursor.ts';

test('a cursor begins at 0 and goes where it is stepped to', () => {
  const cursor = new SharedCursor();
  assert.equal(cursor.place, 0);
  assert.equal(cursor.step(0, 3), 0);
  assert.equal(cursor.place, 3);
});

test('a step from where the cursor is no more is not taken, and says where it is', () => {
  const cursor = new SharedCursor();
  cursor.step(0, 2);
  assert.equal(cursor.step(0, 1), 2);
  assert.equal(cursor.place, 2);
});

test('two cursors over one word are at one place, whatever stands beside it', () => {
  const memory = new SharedArrayBuffer(12);
  const first = new SharedCursor(new Int32Array(memory, 4, 1));
  const second = new SharedCursor(new Int32Array(memory, 4, 1));
  first.step(0, 1);
  assert.equal(second.step(1, 2), 1);
  assert.equal(first.place, 2);
  assert.deepEqual([...new Int32Array(memory)], [0, 2, 0]);
});
