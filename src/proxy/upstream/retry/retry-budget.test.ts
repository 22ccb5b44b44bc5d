import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allocatePiece, SharedRow } from '../../../core/shared/shared-rows.ts';
import { PoolField } from '../../server-state.ts';
import { RetryBudget, type BudgetWaiter } from './retry-budget.ts';

const plan = { percent: 20, min: 3, waitMs: 1000 };

/** The budgets of two threads for one pool. */
function twoThreads(servers: readonly { active: number }[], parts = plan): [RetryBudget, RetryBudget, SharedRow] {
  const memory = { places: 2, pieces: [allocatePiece(2)] };
  const rows = [new SharedRow(memory, 0, 0), new SharedRow(memory, 0, 1)] as const;
  return [new RetryBudget(rows[0], servers, parts), new RetryBudget(rows[1], servers, parts), rows[0]];
}

function taken(budget: RetryBudget, most = 1000): number {
  let count = 0;
  while (count < most && budget.take()) count++;
  return count;
}

test('take() gives a share of what the servers have, never fewer than the least, over both threads together', () => {
  for (const [active, share] of [
    [0, 3],
    [10, 3],
    [19, 3],
    [20, 4],
    [64, 12],
    [1000, 200],
  ] as const) {
    const [one, other] = twoThreads([{ active: Math.floor(active / 2) }, { active: Math.ceil(active / 2) }]);
    assert.equal(taken(one, 2) + taken(other), share, String(active));
    assert.ok(!one.take());
    other.give();
    assert.ok(one.take());
  }
});

test('a place that is given back goes to who has waited longest in this thread, not to one who has left', () => {
  const [budget] = twoThreads([], { ...plan, min: 1 });
  const granted: string[] = [];
  const waiter = (name: string): BudgetWaiter => ({ granted: () => void granted.push(name) });
  const [a, b, c] = [waiter('a'), waiter('b'), waiter('c')];
  assert.ok(budget.take());
  for (const each of [a, b, c]) assert.ok(budget.wait(each));
  budget.leave(a);
  assert.deepEqual(granted, []);
  budget.give();
  assert.deepEqual(granted, ['b']);
  budget.give();
  budget.give();
  assert.deepEqual(granted, ['b', 'c']);
  assert.ok(budget.take());
});

test('who waits is bounded, and nobody waits where the config says so', () => {
  const [budget] = twoThreads([]);
  let waiting = 0;
  while (waiting < 1000 && budget.wait({ granted: () => undefined })) waiting++;
  assert.equal(waiting, 256);
  const [never] = twoThreads([], { ...plan, waitMs: 0 });
  assert.ok(!never.wait({ granted: () => undefined }));
});

test('whatever two threads take, wait for and give back, the budget is kept and nobody waits while there is a place', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1), fc.nat(2)), { maxLength: 200 }), (steps) => {
      const [one, other, row] = twoThreads([{ active: 25 }]);
      const budgets = [one, other];
      const held = [0, 0];
      const waiting = [0, 0];
      for (const [thread, step] of steps) {
        const budget = budgets[thread]!;
        if (step === 2 && held[thread]! > 0) {
          held[thread]!--;
          budget.give();
        } else if (budget.take()) held[thread]!++;
        else if (step === 1) {
          waiting[thread]!++;
          budget.wait({ granted: () => (held[thread]!++, waiting[thread]!--) });
        }
        const sum = held[0]! + held[1]!;
        assert.equal(row.get(PoolField.retries), sum);
        assert.ok(sum <= 5);
        // A place that this thread has freed went to who waits here.
        if (step === 2 && waiting[thread]! > 0) assert.equal(sum, 5);
      }
    }),
  );
});
