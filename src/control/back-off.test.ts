import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BackOff } from './back-off.ts';

test('next() doubles the wait up to its bound', () => {
  const backOff = new BackOff({ minMs: 100, maxMs: 500 }, () => 0);
  assert.deepEqual([backOff.next(), backOff.next(), backOff.next(), backOff.next()], [100, 200, 400, 500]);
});

test('next() takes at most a quarter off', () => {
  const backOff = new BackOff({ minMs: 100, maxMs: 500 }, () => 0.999_999);
  const wait = backOff.next();
  assert.ok(wait > 74 && wait < 76, String(wait));
});

test('next() stays at its bound however many failures there were', () => {
  const backOff = new BackOff({ minMs: 1, maxMs: 30_000 }, () => 0);
  for (let i = 0; i < 5000; i++) backOff.next();
  assert.equal(backOff.next(), 30_000);
});

test('reset() starts again at the shortest wait', () => {
  const backOff = new BackOff({ minMs: 100, maxMs: 500 }, () => 0);
  backOff.next();
  backOff.next();
  backOff.reset();
  assert.equal(backOff.failures, 0);
  assert.equal(backOff.next(), 100);
});
