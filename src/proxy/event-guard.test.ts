import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';

import { broken, guarded } from './event-guard.ts';
import { TestEnv } from './fixtures.test.ts';

test('what throws in a handler is told as a bug, and ends its connection alone', () => {
  const [env, socket, other] = [new TestEnv(), new net.Socket(), new net.Socket()];
  const error = new RangeError('it is our fault');
  guarded(env, socket, () => {
    throw error;
  });
  guarded(env, other, () => {});
  assert.deepEqual([env.bugs, socket.destroyed, other.destroyed], [[error], true, false]);
  assert.equal(broken(env, other, error), false);
  assert.deepEqual([env.bugs.length, other.destroyed], [2, true]);
});
