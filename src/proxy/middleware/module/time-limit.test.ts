import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TestEnv } from '../../fixtures.test.ts';
import { TimeLimit, type Timed } from './time-limit.ts';

test('TimeLimit tells those whose time is up, in order, and keeps none that ended', () => {
  const env = new TestEnv();
  const limit = new TimeLimit(1000, env);
  const late: string[] = [];
  const named = (name: string): Timed => ({ dueAt: 0, tooLate: () => void late.push(name) });
  const [a, b, c] = [named('a'), named('b'), named('c')];
  limit.begin(a);
  env.pass(500);
  limit.begin(b);
  limit.begin(c);
  limit.end(b);
  assert.equal(limit.size, 2);
  env.pass(400);
  limit.begin(a);
  env.pass(400);
  assert.deepEqual(late, []);
  env.pass(500);
  assert.deepEqual(late, ['c']);
  env.pass(500);
  assert.deepEqual([late, limit.size], [['c', 'a'], 0]);
  limit.begin(b);
  env.pass(1300);
  assert.deepEqual(late, ['c', 'a', 'b']);
  for (let i = 0; i < 1000; i++) {
    const each = named('none');
    limit.begin(each);
    limit.end(each);
  }
  assert.deepEqual([limit.size, env.wheel.size <= 1], [0, true]);
});
