import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NameEntry } from './name-entry.ts';

const times = { minTtlMs: 1000, maxTtlMs: 300_000, minRetryMs: 1000, maxRetryMs: 30_000 };

function entry(): NameEntry {
  return new NameEntry('a.test', times, () => 0);
}

function answer(ipv4: readonly string[] | undefined, ipv6: readonly string[] | undefined, ttlSeconds = 60) {
  return { ipv4, ipv6, ttlSeconds };
}

test('an answer holds for its time to live, within the bounds', () => {
  const name = entry();
  name.answer(answer(['192.0.2.1'], []), 1000);
  assert.equal(name.dueAt, 61_000);
  name.answer(answer(['192.0.2.1'], [], 0), 1000);
  assert.equal(name.dueAt, 2000);
  name.answer(answer(['192.0.2.1'], [], 1e9), 1000);
  assert.equal(name.dueAt, 301_000);
});

test('the order stays while the DNS server turns its answers', () => {
  const name = entry();
  assert.equal(name.answer(answer(['192.0.2.1', '192.0.2.2'], ['2001:db8::1']), 0), true);
  assert.deepEqual(name.addresses, ['2001:db8::1', '192.0.2.1', '192.0.2.2']);
  assert.equal(name.answer(answer(['192.0.2.2', '192.0.2.1'], ['2001:db8::1']), 0), false);
  assert.equal(name.answer(answer(['192.0.2.3', '192.0.2.2'], []), 0), true);
  assert.deepEqual(name.addresses, ['192.0.2.2', '192.0.2.3']);
});

test('a family whose question failed keeps what was known of it', () => {
  const name = entry();
  name.answer(answer(['192.0.2.1'], ['2001:db8::1']), 0);
  assert.equal(name.answer(answer(['192.0.2.1'], undefined), 0), false);
  assert.deepEqual(name.addresses, ['2001:db8::1', '192.0.2.1']);
});

test('a failure keeps the last good answer and is asked again ever later', () => {
  const name = entry();
  name.answer(answer(['192.0.2.1'], []), 0);
  assert.equal(name.fail('no', 0), true);
  assert.equal(name.dueAt, 1000);
  assert.equal(name.fail('no', 0), false, 'only the first one is news');
  assert.equal(name.dueAt, 2000);
  for (let i = 0; i < 20; i++) name.fail('no', 0);
  assert.equal(name.dueAt, 30_000);
  assert.deepEqual(name.addresses, ['192.0.2.1']);
  name.answer(answer(['192.0.2.1'], []), 0);
  assert.equal(name.failure, undefined);
  assert.equal(name.fail('no', 0), true);
  assert.equal(name.dueAt, 1000);
});

test('what the hosts file says is never asked for until it is released', () => {
  const name = entry();
  assert.equal(name.fix('hosts', ['192.0.2.7']), true);
  assert.equal(name.dueAt, Infinity);
  assert.equal(name.settled, true);
  name.release(5);
  assert.equal(name.source, 'dns');
  assert.equal(name.dueAt, 5);
  assert.deepEqual(name.addresses, ['192.0.2.7'], 'until DNS has answered');
});
