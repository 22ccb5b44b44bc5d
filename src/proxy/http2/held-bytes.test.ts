import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool, PAGE_BYTES } from '../../core/buffer-pool.ts';
import { pattern } from '../pattern.test.ts';
import { HeldBytes } from './held-bytes.ts';

test('what is put in comes out in its order, in whatever pieces', () => {
  const bytes = pattern(100_000);
  const held = new HeldBytes(bytes.subarray(0, 10), 3, new BufferPool());
  const out: Buffer[] = [];
  let at = 10;
  for (let i = 0; at < bytes.length; i++) {
    const end = Math.min(bytes.length, at + ((i * 37) % 900) + 1);
    held.add(bytes.subarray(at, end));
    at = end;
    const taken = Math.min(held.length, (i * 53) % 850);
    out.push(Buffer.from(held.view.subarray(0, taken)));
    held.drop(taken);
  }
  out.push(held.view);
  assert.deepEqual(Buffer.concat(out), bytes.subarray(3));
});

test('bytes are copied: who lent them may change them', () => {
  const lent = Buffer.from('abc');
  const held = new HeldBytes(lent, 0, new BufferPool());
  lent.fill('x');
  held.add(lent);
  lent.fill('y');
  assert.equal(held.view.toString(), 'abcxxx');
  assert.equal(held.length, 6);
});

test('many bytes are kept in a buffer of the pool, few are not; and the pool gets it back', () => {
  const pool = new BufferPool();
  const page = pool.take();
  pool.give(page);
  const many = new HeldBytes(pattern(20_000), 0, pool);
  assert.equal(many.view.buffer, page.buffer);
  assert.notEqual(new HeldBytes(pattern(20_000), 10_000, pool).view.buffer, page.buffer);
  many.add(pattern(PAGE_BYTES));
  assert.equal(pool.take(), page, 'it has grown out of it');
  pool.give(page);
  const grown = new HeldBytes(pattern(10), 0, pool);
  grown.add(pattern(30_000));
  assert.equal(grown.view.buffer, page.buffer);
  assert.equal(grown.length, 30_010);
  grown.free();
  assert.equal(pool.take(), page);
});
