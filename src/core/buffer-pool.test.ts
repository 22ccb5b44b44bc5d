import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool, FRAMING_BYTES, READ_BYTES } from './buffer-pool.ts';

test('take() gives buffers that nobody else holds, each with room for a read and its framing', () => {
  const pool = new BufferPool();
  const taken = Array.from({ length: 10 }, () => pool.take());
  assert.equal(new Set(taken.map(({ buffer }) => buffer)).size, 10);
  for (const buffer of taken) assert.equal(buffer.length, READ_BYTES + FRAMING_BYTES);
});

test('a buffer that was given back is taken again, once', () => {
  const pool = new BufferPool();
  const first = pool.take();
  pool.give(first);
  assert.equal(pool.take(), first);
  assert.notEqual(pool.take(), first);
});

test('the pool keeps at most 64 buffers', () => {
  const pool = new BufferPool();
  const all = new Set(Array.from({ length: 200 }, () => pool.take()));
  for (const buffer of all) pool.give(buffer);
  const kept = Array.from({ length: 200 }, () => pool.take()).filter((buffer) => all.has(buffer));
  assert.equal(kept.length, 64);
});
