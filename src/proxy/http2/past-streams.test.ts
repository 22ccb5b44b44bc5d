import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PastStreams } from './past-streams.ts';

test('the ends of the last streams are known, and of those long ago nothing', () => {
  const past = new PastStreams();
  assert.equal(past.fate(1), undefined);
  for (let id = 1; id < 401; id += 2) past.add(id, 'ended');
  assert.equal(past.fate(399), 'ended');
  assert.equal(past.fate(399 - 2 * 63), 'ended');
  assert.equal(past.fate(399 - 2 * 64), undefined);
  assert.equal(past.fate(401), undefined);
});

test('resets are known apart from ends, and longer', () => {
  const past = new PastStreams();
  past.add(1, 'reset-by-us');
  past.add(3, 'reset-by-peer');
  for (let id = 5; id < 1001; id += 2) past.add(id, 'ended');
  assert.equal(past.fate(1), 'reset-by-us');
  assert.equal(past.fate(3), 'reset-by-peer');
});

test('what may have been reset long ago is taken for reset by us: it costs nobody the connection', () => {
  const past = new PastStreams();
  for (let i = 0; i < 2000; i++) past.add(2 * i + 1, 'reset-by-us');
  assert.equal(past.fate(1), 'reset-by-us');
  assert.equal(past.fate(2975), 'reset-by-us');
  assert.equal(past.fate(4001), undefined);
});

test('a stream that both sides reset is one that the peer reset; others stay what they were', () => {
  const past = new PastStreams();
  past.resetByPeer(1);
  past.add(3, 'reset-by-us');
  past.resetByPeer(3);
  past.add(5, 'ended');
  past.resetByPeer(5);
  assert.equal(past.fate(1), undefined);
  assert.equal(past.fate(3), 'reset-by-peer');
  assert.equal(past.fate(5), 'ended');
});
