import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FailedAttempts } from './failed-attempts.ts';

void test('the eleventh wrong token of a minute waits for its end, and others do not', () => {
  const attempts = new FailedAttempts();
  for (let i = 0; i < 9; i++) attempts.failed('192.0.2.1', 1000 + i);
  assert.equal(attempts.waitMs('192.0.2.1', 2000), 0);
  attempts.failed('192.0.2.1', 2000);
  assert.equal(attempts.waitMs('192.0.2.1', 2000), 59_000);
  assert.equal(attempts.waitMs('192.0.2.2', 2000), 0);
  assert.equal(attempts.waitMs('192.0.2.1', 61_000), 0);
  attempts.failed('192.0.2.1', 61_000);
  assert.equal(attempts.waitMs('192.0.2.1', 61_000), 0, 'a new minute has begun');
});

void test('an IPv6 client is its /64, and an IPv4 address is one however it is written', () => {
  const attempts = new FailedAttempts();
  for (let i = 0; i < 10; i++) attempts.failed(`2001:db8::${i + 1}`, 0);
  assert.ok(attempts.waitMs('2001:db8::ffff', 1) > 0);
  assert.equal(attempts.waitMs('2001:db8:0:1::1', 1), 0);
  for (let i = 0; i < 10; i++) attempts.failed('::ffff:192.0.2.9', 0);
  assert.ok(attempts.waitMs('192.0.2.9', 1) > 0);
});

void test('only so many addresses are remembered: the oldest goes', () => {
  const attempts = new FailedAttempts();
  for (let i = 0; i < 10; i++) attempts.failed('192.0.2.1', 0);
  for (let i = 0; i < 9999; i++) attempts.failed(`10.0.${i >> 8}.${i & 255}`, 1);
  assert.ok(attempts.waitMs('192.0.2.1', 2) > 0);
  attempts.failed('10.1.0.0', 1);
  assert.equal(attempts.waitMs('192.0.2.1', 2), 0);
});
