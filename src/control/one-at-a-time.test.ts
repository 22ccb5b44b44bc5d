import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OneAtATime } from './one-at-a-time.ts';

test('jobs run one after the other, in order, and one that fails stops none', async () => {
  const turns = new OneAtATime();
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.run(async () => {
    order.push('first begins');
    await gate.promise;
    order.push('first ends');
    throw new Error('no');
  });
  const second = turns.run(async () => {
    order.push('second');
    return 2;
  });
  gate.resolve();
  await assert.rejects(first, /no/);
  assert.equal(await second, 2);
  await turns.idle();
  assert.deepEqual(order, ['first begins', 'first ends', 'second']);
});
