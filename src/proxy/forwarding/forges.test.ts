import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forges } from './forges.ts';

test('forges() knows twins from anyone, and other X-Forwarded fields from those who are not trusted', () => {
  for (const name of [
    'X_Forwarded_For',
    'x-forwarded_proto',
    'X.Forwarded.New',
    'X_REAL_IP',
    'x-real~ip',
    'X_Request-Id',
  ]) {
    assert.equal(forges(name, false), true, name);
    assert.equal(forges(name, true), true, name);
  }
  for (const name of ['X-Forwarded', 'X-Forwarded-Ssl', 'x-forwarded-user']) {
    assert.equal(forges(name, false), true, name);
    assert.equal(forges(name, true), false, name);
  }
});

test('forges() leaves names alone that only look alike', () => {
  const names = ['X-Requested-With', 'XForwardedFor', 'X-ForwardedFor', 'X-Forwardedly', 'X-Real-IPs', 'X-Request-Ids'];
  for (const name of [...names, 'Forwarded_For', 'x', 'X-', 'xx-forwarded-for', 'X-Real', '']) {
    assert.equal(forges(name, false), false, name);
  }
});
