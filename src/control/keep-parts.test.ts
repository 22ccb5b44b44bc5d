import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepPlanParts } from './keep-parts.ts';
import type { Plan } from '../proxy/index.ts';

/** Only what is looked at. */
function planOf(routes: readonly [name: string, path: string][], graceMs = 1): Plan {
  const parts = routes.map(([name, path]) => ({ name, path: { kind: 'prefix', path }, when: undefined }));
  return { listeners: [], routes: parts, pools: [], graceMs } as unknown as Plan;
}

test('an equal plan has the lists of the one before', () => {
  const before = planOf([
    ['a', '/'],
    ['b', '/b'],
  ]);
  const next = keepPlanParts(
    before,
    planOf(
      [
        ['a', '/'],
        ['b', '/b'],
      ],
      2,
    ),
  );
  assert.equal(next.routes, before.routes);
  assert.equal(next.pools, before.pools);
  assert.equal(next.graceMs, 2);
});

test('equal parts are the same objects in their new places, others are those of the next plan', () => {
  const before = planOf([
    ['a', '/'],
    ['b', '/b'],
    ['c', '/c'],
  ]);
  const other = planOf([
    ['c', '/c'],
    ['b', '/x'],
    ['d', '/'],
    ['a', '/'],
  ]);
  const { routes } = keepPlanParts(before, other);
  assert.deepEqual(routes, other.routes);
  const places = routes.map((route) => before.routes.indexOf(route));
  assert.deepEqual(places, [2, -1, -1, 0]);
});

test('lists of which one is the beginning of the other are not taken for the same', () => {
  const [short, long] = [
    planOf([['a', '/']]),
    planOf([
      ['a', '/'],
      ['b', '/'],
    ]),
  ];
  assert.equal(keepPlanParts(short, long).routes.length, 2);
  assert.equal(keepPlanParts(long, short).routes.length, 1);
});
