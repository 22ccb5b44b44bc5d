import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadedConfig } from './config/load-result.ts';
import { keepParts, keepPlanParts } from './keep-parts.ts';
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

type R = [string, string];

/** A config with these fingerprints of its routes. */
function configOf(plan: Plan, prints: readonly string[], parts: readonly object[] = plan.routes): LoadedConfig {
  const none = { parts: plan.pools, prints: [] };
  return { ok: true, plan, prints: { routes: { parts, prints }, pools: none } } as unknown as LoadedConfig;
}

test('parts with equal fingerprints are taken for equal without a look at them; those with others are looked at', () => {
  const lists: [string, string][] = [
    ['a', '/'],
    ['b', '/'],
    ['c', '/'],
    ['d', '/'],
  ];
  const before = configOf(planOf(lists), ['1', '2', '', '4']);
  // Of `a` and `b` only the fingerprints tell it; `d` has none of its own any more, as it was changed on the way.
  const plan = planOf(lists.map(([name, path]) => [name, name === 'c' ? path : `${path}other`]));
  const loaded = [...plan.routes.slice(0, 3), { ...plan.routes[3]! }];
  const { plan: next, prints } = keepParts(before, configOf(plan, ['1', '3', '', '4'], loaded));
  const same = next.routes.map((route, i) => route === before.plan.routes[i]);
  assert.deepEqual(same, [true, false, true, false]);
  assert.deepEqual(prints?.routes, { parts: next.routes, prints: ['1', '3', '', ''] });
});

test('fingerprints go with the parts to their new places, and on to the config after that', () => {
  const [a, b, c] = (['a', 'b', 'c'] as const).map((name): [string, string] => [name, '/']) as [R, R, R];
  const before = configOf(planOf([a, b]), ['1', '2']);
  const moved = keepParts(before, configOf(planOf([c, b, a]), ['3', '2', '1']));
  assert.deepEqual(
    moved.plan.routes.map((route) => before.plan.routes.indexOf(route)),
    [-1, 1, 0],
  );
  const other = planOf([c, b, a].map(([name]) => [name, '/other']));
  assert.equal(keepParts(moved, configOf(other, ['3', '2', '1'])).plan.routes, moved.plan.routes);
});

test('equal parts whose fingerprints differ are the same object, and one without fingerprints can be next', () => {
  const list: [string, string][] = [['a', '/']];
  const before = configOf(planOf(list), ['1']);
  const { plan } = keepParts(before, configOf(planOf(list), ['2']));
  assert.equal(plan.routes, before.plan.routes);
  const { prints: _prints, ...rest } = configOf(planOf(list), []);
  assert.equal(keepParts(before, rest).plan.routes, before.plan.routes);
});
