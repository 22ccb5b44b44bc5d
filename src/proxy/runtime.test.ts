import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../core/headers.ts';
import { exchangeOf, poolPlan, TestEnv } from './fixtures.test.ts';
import { plainRoute, type RoutePlan } from './plan.ts';
import { planOfPools } from './plan-of-pools.test.ts';
import type { PoolPlan } from './pool-plan.ts';
import { buildRuntime, retire } from './runtime.ts';
import type { SplitPlan } from './split-plan.ts';

const named = (name: string, host: string, parts: Partial<PoolPlan> = {}): PoolPlan => ({
  ...poolPlan([{ kind: 'tcp', host, port: 80 }]),
  name,
  ...parts,
});
const routeTo = (pool: string | undefined): RoutePlan => ({
  ...plainRoute,
  name: 'r',
  hosts: [{ kind: 'any' }],
  path: { kind: 'prefix', path: '/' },
  pool,
  listeners: undefined,
  replacePrefix: undefined,
  hostHeader: { kind: 'preserve' },
  upgrade: [],
});
const names = new Map([['a.test', ['192.0.2.1']]]);

test('a pool whose plan is equal is taken over, with its addresses and counters; others are new', () => {
  const env = new TestEnv();
  const first = buildRuntime(
    planOfPools([named('a', 'a.test'), named('b', 'b.test'), named('c', 'c.test')]),
    undefined,
    names,
    env,
  );
  assert.deepEqual(first.pools.get('a')!.servers[0]!.addresses, ['192.0.2.1']);
  assert.deepEqual(first.pools.get('b')!.servers[0]!.addresses, []);
  first.pools.get('a')!.servers[0]!.exchangesTotal = 7;
  const next = buildRuntime(
    planOfPools([named('a', 'a.test'), named('b', 'b.test', { lenient: true }), named('d', 'c.test')]),
    first,
    new Map(),
    env,
  );
  assert.equal(next.pools.get('a'), first.pools.get('a'));
  assert.notEqual(next.pools.get('b'), first.pools.get('b'));
  assert.equal(next.pools.get('b')!.plan.lenient, true);
  assert.notEqual(next.pools.get('d'), first.pools.get('c'));
  assert.deepEqual([...first.pools.keys()], ['a', 'b', 'c'], 'the runtime in force is as it was');
});

test('retire() retires those that the next runtime has not taken over', () => {
  const env = new TestEnv();
  const first = buildRuntime(planOfPools([named('a', 'a.test'), named('b', 'b.test')]), undefined, names, env);
  const next = buildRuntime(planOfPools([named('a', 'a.test'), named('b', 'other.test')]), first, names, env);
  const retired: string[] = [];
  for (const [name, pool] of [...first.pools, ...next.pools]) pool.retire = () => retired.push(name);
  retire(first, next);
  assert.deepEqual(retired, ['b']);
  retire(undefined, next);
  assert.deepEqual(retired, ['b']);
});

test('an unreadable trusted range is refused before anything has changed', () => {
  const plan = { ...planOfPools([]), forwarding: { trustedProxies: ['10.0.0.0/99'], forwarded: false, via: false } };
  assert.throws(() => buildRuntime(plan, undefined, names, new TestEnv()), TypeError);
});

test('of the very lists in force all that was made of them is taken over, and of the other list each that is equal', () => {
  const env = new TestEnv();
  const routes = [routeTo('a')];
  const plan = { ...planOfPools([named('a', 'a.test'), named('b', 'b.test')]), routes };
  const first = buildRuntime(plan, undefined, names, env);

  const same = buildRuntime({ ...plan, graceMs: 7 }, first, names, env);
  assert.equal(same.plan.graceMs, 7);
  for (const part of ['pools', 'router', 'features', 'splits', 'tunnelRows'] as const) {
    assert.equal(same[part], first[part], part);
  }

  const others = buildRuntime({ ...plan, routes: [{ ...routes[0]!, pool: 'b' }] }, same, names, env);
  assert.equal(others.pools, first.pools);
  assert.notEqual(others.router, first.router);

  const next = buildRuntime({ ...plan, pools: [plan.pools[0]!, named('b', 'c.test')] }, same, names, env);
  assert.equal(next.router, first.router);
  assert.equal(next.pools.get('a'), first.pools.get('a'));
  assert.notEqual(next.pools.get('b'), first.pools.get('b'));
});

test('a split whose pools are others leads to those, although its route is the same', () => {
  const env = new TestEnv();
  const parts = ['a', 'b'].map((pool) => ({ pool, weight: 1 }));
  const split = { parts, sticky: undefined } as unknown as SplitPlan;
  const routes: RoutePlan[] = [{ ...routeTo(undefined), split }];
  const plan = { ...planOfPools([named('a', 'a.test'), named('b', 'b.test')]), routes };
  const first = buildRuntime(plan, undefined, names, env);
  const next = buildRuntime({ ...plan, pools: [named('a', 'x.test'), plan.pools[1]!] }, first, names, env);
  assert.equal(next.router, first.router);
  const chosen = new Set([1, 2].map(() => next.splits.get('r')!.choose(exchangeOf(), new Headers())));
  assert.deepEqual(chosen, new Set(next.pools.values()));
  assert.ok(!chosen.has(first.pools.get('a')!));
});

test('what is taken over whole is neither begun nor retired again', () => {
  const env = new TestEnv();
  const plan = planOfPools([named('a', 'a.test')]);
  const first = buildRuntime(plan, undefined, names, env);
  const next = buildRuntime({ ...plan, graceMs: 7 }, first, names, env);
  const pool = first.pools.get('a')!;
  pool.begin = pool.retire = () => assert.fail('it goes on');
  first.features.retire = () => assert.fail('they go on');
  retire(first, next);
});
