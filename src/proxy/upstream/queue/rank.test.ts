import assert from 'node:assert/strict';
import { test } from 'node:test';

import { importances } from '../../capacity-plan.ts';
import { comesBefore, rankOf } from './rank.ts';

void test('what is more important comes first, and among equals what came first', () => {
  const ranks = importances.flatMap((importance) => [1, 2, 3].map((ticket) => rankOf(importance, ticket)));
  for (const [i, a] of ranks.entries())
    for (const [j, b] of ranks.entries()) assert.equal(comesBefore(a, b), i < j, `${i} before ${j}`);
});

void test('ranks are numbers from 1 that fit into a word, whatever the ticket', () => {
  for (const importance of importances)
    for (const ticket of [0, -1, 2 ** 28 - 1, 2 ** 28, 2 ** 31 - 1, -(2 ** 31)]) {
      const rank = rankOf(importance, ticket);
      assert.ok(rank > 0 && rank < 2 ** 31, `${importance} ${ticket}`);
    }
});

void test('the order holds where tickets wrap', () => {
  for (const last of [2 ** 28 - 1, 2 ** 31 - 1, -1]) {
    const [before, after] = [rankOf('normal', last), rankOf('normal', (last + 1) | 0)];
    assert.deepEqual([comesBefore(before, after), comesBefore(after, before)], [true, false], String(last));
  }
});
