import assert from 'node:assert/strict';
import { test } from 'node:test';

import { routeRow, serverRow, type Plan } from '../../proxy/index.ts';
import { SharedState } from './shared-state.ts';

/** Only what is counted. */
function planOf(routes: readonly string[], pools: readonly string[]): Plan {
  const servers = [{ name: 's' }];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only what is looked at
  return {
    routes: routes.map((name) => ({ name })),
    pools: pools.map((name) => ({ name, servers })),
  } as unknown as Plan;
}

test('a thread gets memory for those rows alone that are others than before', () => {
  const state = new SharedState(1);
  const place = state.take();
  const parts = (plan: Plan): string[] => {
    const memory = state.allocate(place, plan);
    return Object.entries(memory ?? {}).flatMap(([part, each]) => (each === undefined ? [] : [part]));
  };
  const follow = (plan: Plan): void => {
    const memory = state.allocate(place, plan);
    if (memory !== undefined) state.follow(place, plan, memory);
  };
  const first = planOf(['a', 'b'], ['p']);
  assert.deepEqual(parts(first), ['routes', 'pools', 'process']);
  follow(first);
  assert.deepEqual(parts(first), []);
  assert.deepEqual(parts(planOf(['a', 'b'], ['p'])), [], 'other lists with the same names');
  assert.deepEqual(parts(planOf(['b', 'a'], ['p'])), ['routes']);
  assert.deepEqual(parts(planOf(['a', 'b'], ['p', 'q'])), ['pools']);
  follow(planOf(['a', 'c'], ['p']));
  assert.deepEqual(parts(first), ['routes']);
  state.forget(place);
  assert.deepEqual(parts(first), ['routes', 'pools', 'process']);
});

test('what was counted is read from wherever it was counted, and kept as long as a plan has the name', () => {
  const state = new SharedState(2);
  const places = [state.take(), state.take()];
  const count = (plan: Plan): void => {
    for (const place of places) {
      const memory = state.allocate(place, plan)!;
      for (const part of [memory.routes, memory.pools]) if (part !== undefined) new Float64Array(part).fill(1);
      state.follow(place, plan, memory);
    }
  };
  const sums = (): number[] => [routeRow('a'), serverRow('p', 's')].map((row) => state.traffic.read(row)[0]!);
  count(planOf(['a'], ['p']));
  assert.deepEqual(sums(), [2, 2]);
  count(planOf(['a', 'b'], ['p']));
  state.leave(places[0]!);
  assert.deepEqual(sums(), [2, 2], 'also of one that has ended');
  state.keep(planOf(['a'], ['p']));
  assert.deepEqual(sums(), [2, 2]);
  state.keep(planOf(['b'], ['p']));
  assert.deepEqual(sums(), [1, 2], 'nobody asks for what ended threads have counted of it');
});
