import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs, retryAfterMs } from './back-off.ts';

test('backOffMs() draws from nothing to a bound that doubles, and is capped', () => {
  const plan = { baseMs: 25, maxMs: 250 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 60].map((n) => backOffMs(plan, n, 0.5) * 2),
    [25, 75, 175, 250, 250, 250],
  );
  assert.equal(backOffMs(plan, 3, 0), 0);
  assert.ok(backOffMs(plan, 1, 0.999_999) < 25);
});

test('retryAfterMs() reads seconds; what is no number of them is a long pause', () => {
  assert.equal(retryAfterMs(undefined), 0);
  assert.equal(retryAfterMs('0'), 0);
  assert.equal(retryAfterMs('120'), 120_000);
  for (const odd of ['', 'soon', '-1', '1.5', 'Fri, 31 Dec 1999 23:59:59 GMT', '99999999999999']) {
    assert.equal(retryAfterMs(odd), Infinity, odd);
  }
});
