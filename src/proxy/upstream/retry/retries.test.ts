import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocatePiece, SharedRow } from '../../../core/shared/shared-rows.ts';
import { TestEnv } from '../../fixtures.test.ts';
import { plainRetries, type PoolRetryPlan } from '../../retry-plan.ts';
import { PoolField } from '../../server-state.ts';
import { Retries } from './retries.ts';
import { RetryBudget } from './retry-budget.ts';

interface World {
  readonly env: TestEnv;
  readonly events: string[];
  readonly retries: Retries<string>;
  readonly budget: RetryBudget;
  /** Places of the budget that are taken. */
  readonly held: () => number;
}

function worldOf(servers: readonly string[], parts: Partial<PoolRetryPlan> = {}, withinMs = 60_000): World {
  const env = new TestEnv();
  const plan = { ...plainRetries, ...parts };
  const row = new SharedRow({ places: 1, pieces: [allocatePiece(1)] }, 0, 0);
  const budget = new RetryBudget(row, [], plan.budget);
  const events: string[] = [];
  const site = { again: () => void events.push('again'), gaveUp: (stop: string) => void events.push(stop) };
  const retries = new Retries<string>(site, plan, {
    pool: { retryBudget: budget, hasOthers: (tried) => servers.some((server) => !tried.has(server)) },
    env,
    until: env.clock.now() + withinMs,
    random: () => 0.999,
  });
  return { env, events, retries, budget, held: () => row.get(PoolField.retries) };
}

test('servers that cannot be connected to are passed over without counting, then the rounds begin anew after pauses', () => {
  const { env, events, retries } = worldOf(['a', 'b', 'c']);
  for (let round = 0; round < 3; round++) {
    assert.equal(retries.next('conn-failure', 'a'), 'now');
    assert.equal(retries.next('conn-failure', 'b'), 'now');
    assert.equal(retries.next('conn-failure', 'c'), 'later');
    assert.equal(retries.tried.size, 0);
    assert.equal(events.length, round);
    env.pass(500);
    assert.equal(events.length, round + 1);
  }
  assert.ok(retries.last);
  assert.equal(retries.next('conn-failure', 'a'), 'now');
  assert.equal(retries.next('conn-failure', 'b'), 'now');
  assert.equal(retries.next('conn-failure', 'c'), 'attempts');
  assert.deepEqual(events, ['again', 'again', 'again']);
});

test('what a server has had counts, and goes to another server at once', () => {
  const { retries, held } = worldOf(['a', 'b', 'c', 'd', 'e']);
  assert.equal(retries.next('empty-response', 'a'), 'now');
  assert.equal(held(), 1);
  assert.equal(retries.next('status', 'b'), 'now');
  assert.equal(retries.next('response-timeout', 'c'), 'now');
  assert.equal(held(), 1);
  assert.equal(retries.next('empty-response', 'd'), 'attempts');
  assert.equal(held(), 0);
});

test('without attempts there is none, but passing over', () => {
  const { retries } = worldOf(['a', 'b'], { attempts: 0 });
  assert.equal(retries.next('conn-failure', 'a'), 'now');
  assert.equal(retries.next('conn-failure', 'b'), 'attempts');
  assert.equal(worldOf(['a', 'b'], { attempts: 0 }).retries.next('empty-response', 'a'), 'attempts');
});

test('after the time for all attempts there is no other', () => {
  const { env, retries } = worldOf(['a', 'b', 'c'], {}, 1000);
  assert.equal(retries.next('conn-failure', 'a'), 'now');
  env.pass(1000);
  assert.equal(retries.next('conn-failure', 'b'), 'time');
});

test('sameServer asks the same one after a pause, and another one at last', () => {
  const { env, events, retries } = worldOf(['a', 'b'], { sameServer: true });
  for (let i = 1; i <= 2; i++) {
    assert.equal(retries.next('conn-failure', 'a'), 'later');
    env.pass(500);
    assert.equal(events.length, i);
    assert.equal(retries.same, 'a');
  }
  assert.equal(retries.next('conn-failure', 'a'), 'now');
  assert.equal(retries.same, undefined);
  assert.equal(retries.next('conn-failure', 'b'), 'attempts');
});

test('a server that asks for a pause is asked again after it, not at all if it is long; others need not wait', () => {
  const alone = worldOf(['a'], { backOff: { baseMs: 1, maxMs: 2000 } });
  assert.equal(alone.retries.next('status', 'a', 1000), 'later');
  alone.env.pass(900);
  assert.deepEqual(alone.events, []);
  alone.env.pass(300);
  assert.deepEqual(alone.events, ['again']);
  assert.equal(alone.retries.next('status', 'a', 3000), 'retry-after');
  assert.equal(worldOf(['a', 'b']).retries.next('status', 'a', Infinity), 'now');
});

test('over the budget an attempt waits for a place, and is given up when none comes in time', () => {
  const world = worldOf(['a', 'b'], { budget: { percent: 0, min: 1, waitMs: 1000 } });
  assert.ok(world.budget.take());
  assert.equal(world.retries.next('empty-response', 'a'), 'later');
  world.env.pass(500);
  assert.deepEqual(world.events, []);
  world.budget.give();
  assert.deepEqual(world.events, ['again']);
  assert.equal(world.held(), 1);
  world.retries.settle();
  world.retries.settle();
  assert.equal(world.held(), 0);

  const late = worldOf(['a', 'b'], { budget: { percent: 0, min: 1, waitMs: 1000 } });
  assert.ok(late.budget.take());
  assert.equal(late.retries.next('empty-response', 'a'), 'later');
  late.env.pass(1300);
  assert.deepEqual(late.events, ['budget']);
  late.budget.give();
  assert.deepEqual([late.events, late.held()], [['budget'], 0]);
});

test('a place that another thread has freed is found by looking', () => {
  const { env, events, retries, budget } = worldOf(['a', 'b'], { budget: { percent: 0, min: 1, waitMs: 5000 } });
  assert.ok(budget.take());
  assert.equal(retries.next('empty-response', 'a'), 'later');
  const row = budget as unknown as { give(): void };
  // As if it were another thread's: nobody is woken.
  budget.leave(retries);
  row.give();
  budget.wait(retries);
  env.pass(300);
  assert.deepEqual(events, ['again']);
});

test('cancel() ends every wait and gives the place back', () => {
  const paused = worldOf(['a']);
  assert.equal(paused.retries.next('conn-failure', 'a'), 'later');
  paused.retries.cancel();
  const waiting = worldOf(['a', 'b'], { budget: { percent: 0, min: 1, waitMs: 1000 } });
  assert.ok(waiting.budget.take());
  assert.equal(waiting.retries.next('status', 'a'), 'later');
  waiting.retries.cancel();
  waiting.budget.give();
  const holding = worldOf(['a', 'b']);
  assert.equal(holding.retries.next('status', 'a'), 'now');
  holding.retries.cancel();
  for (const { env, events, held } of [paused, waiting, holding]) {
    env.pass(5000);
    assert.deepEqual([events, held(), env.bugs], [[], 0, []]);
  }
});

test('a pause before an attempt that needs a place is followed by the wait for it', () => {
  const { env, events, retries, budget } = worldOf(['a'], { budget: { percent: 0, min: 1, waitMs: 1000 } });
  assert.ok(budget.take());
  assert.equal(retries.next('empty-response', 'a'), 'later');
  env.pass(500);
  assert.deepEqual(events, []);
  budget.give();
  assert.deepEqual(events, ['again']);
});
