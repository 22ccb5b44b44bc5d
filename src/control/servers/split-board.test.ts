import assert from 'node:assert/strict';
import { test } from 'node:test';

import { planOf } from '../../../test/harness/plan-of.ts';
import type { Plan } from '../../proxy/index.ts';
import { SharedRow } from '../../core/shared/shared-rows.ts';
import { SplitField } from '../../proxy/index.ts';
import { SplitBoard, splitChangeText, type SplitChange } from './split-board.ts';

function planWith(weights: Readonly<Record<string, number>>, name = 'www'): Plan {
  const parts = Object.entries(weights).map(([pool, weight]) => ({ pool, weight }));
  const pools = Object.fromEntries(Object.keys(weights).map((pool) => [pool, { servers: [] }]));
  return planOf({ pools, routes: [{ more: { name, split: { parts, fallback: true, sticky: undefined } } }] }, 'log');
}

/** What a thread with this plan sees. */
function seen(board: SplitBoard, plan: Plan): { weights: readonly number[]; epoch: number } {
  const { memory, routes } = board.rowsOf(plan);
  const { split, parts } = routes.get(plan.routes[0]!.name)!;
  const weights = parts.map((row) => new SharedRow(memory, row, 0).get(8) / 1000);
  return { weights, epoch: new SharedRow(memory, split, 0).get(SplitField.epoch) };
}

function boardWith(plan: Plan): SplitBoard {
  const board = new SplitBoard();
  board.rowsOf(plan);
  board.keep(plan);
  return board;
}

test('threads see the weights of the plan, also before it is in force', () => {
  const plan = planWith({ stable: 95, canary: 5 });
  const board = new SplitBoard();
  assert.deepEqual(seen(board, plan).weights, [95, 5]);
  board.keep(plan);
  assert.deepEqual(seen(board, plan).weights, [95, 5]);
  assert.deepEqual(board.routes, ['www']);
});

test('set() changes what threads see, and tells whoever listens; pools that are not named keep their weight', () => {
  const plan = planWith({ stable: 95, canary: 5 });
  const board = boardWith(plan);
  const told: SplitChange[] = [];
  const stop = board.listen((change) => void told.push(change));
  const { epoch } = seen(board, plan);
  assert.equal(board.set('www', { canary: 20.5 }, 'by hand'), true);
  assert.deepEqual(seen(board, plan).weights, [95, 20.5]);
  assert.notEqual(seen(board, plan).epoch, epoch);
  assert.equal(board.set('www', { canary: 20.5 }, 'again'), false);
  assert.equal(told.length, 1);
  assert.equal(splitChangeText(told[0]!), 'The split of www is stable 95, canary 20.5 (5 before): by hand');
  assert.deepEqual(board.overrides, [{ route: 'www', weights: { stable: 95, canary: 20.5 } }]);
  stop();
  board.set('www', undefined, 'reset');
  assert.deepEqual(seen(board, plan).weights, [95, 5]);
  assert.deepEqual(board.overrides, []);
  assert.equal(told.length, 1);
  assert.equal(board.changesOf('www'), 2);
  board.keep({ routes: [] });
  assert.equal(board.changesOf('www'), 0, 'of a route that is gone nothing is kept');
});

test('what was said stays over a reload, until the route has other pools', () => {
  const board = boardWith(planWith({ stable: 95, canary: 5 }));
  board.set('www', { stable: 80, canary: 20 }, 'by hand');
  const changed = planWith({ stable: 90, canary: 10 });
  board.rowsOf(changed);
  board.keep(changed);
  assert.deepEqual(seen(board, changed).weights, [80, 20]);
  assert.deepEqual(board.get('www'), [
    { pool: 'stable', planned: 90, weight: 80 },
    { pool: 'canary', planned: 10, weight: 20 },
  ]);
  const more = planWith({ stable: 90, canary: 9, next: 1 });
  board.rowsOf(more);
  board.keep(more);
  assert.deepEqual(seen(board, more).weights, [90, 9, 1]);
  assert.deepEqual(board.overrides, []);
});

test('a reload with other weights changes what threads see', () => {
  const board = boardWith(planWith({ stable: 95, canary: 5 }));
  const next = planWith({ stable: 1, canary: 1 });
  board.rowsOf(next);
  board.keep(next);
  assert.deepEqual(seen(board, next).weights, [1, 1]);
});

test('what is no split, no pool of it or no weight is refused in words, and changes nothing', () => {
  const plan = planWith({ stable: 95, canary: 5 });
  const board = boardWith(plan);
  const cases: readonly (readonly [string, Record<string, number>, RegExp])[] = [
    ['shop', { stable: 1 }, /the route shop leads to none; these do: www/],
    ['www', { canari: 1 }, /canari is none of its pools; it has: stable, canary/],
    ['www', { canary: -1 }, /Cannot use -1 as the weight of canary/],
    ['www', { canary: Number.NaN }, /Cannot use NaN/],
    ['www', { canary: 10_001 }, /from 0 to 10000/],
    ['www', { stable: 0, canary: 0.0001 }, /all weights would be 0/],
  ];
  for (const [route, weights, words] of cases) {
    assert.throws(() => board.set(route, weights, 'by hand'), { name: 'TypeError', message: words });
  }
  assert.deepEqual(seen(board, plan).weights, [95, 5]);
  assert.equal(board.get('shop'), undefined);
});
