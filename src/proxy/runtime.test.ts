import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestEnv, poolPlan } from './fixtures.test.ts';
import type { Plan } from './plan.ts';
import type { PoolPlan } from './pool-plan.ts';
import { buildRuntime, retire } from './runtime.ts';

function planOf(pools: readonly PoolPlan[]): Plan {
  return {
    instance: 'me',
    listeners: [],
    routes: [],
    pools,
    accessLog: undefined,
    connections: { total: 1, perClient: 0 },
    forwarding: { trustedProxies: [], forwarded: false, via: false },
    graceMs: 0,
  };
}

const named = (name: string, host: string, parts: Partial<PoolPlan> = {}): PoolPlan => ({
  ...poolPlan([{ kind: 'tcp', host, port: 80 }]),
  name,
  ...parts,
});
const names = new Map([['a.test', ['192.0.2.1']]]);

test('a pool whose plan is equal is taken over, with its addresses and counters; others are new', () => {
  const env = new TestEnv();
  const first = buildRuntime(
    planOf([named('a', 'a.test'), named('b', 'b.test'), named('c', 'c.test')]),
    undefined,
    names,
    env,
  );
  assert.deepEqual(first.pools.get('a')!.servers[0]!.addresses, ['192.0.2.1']);
  assert.deepEqual(first.pools.get('b')!.servers[0]!.addresses, []);
  first.pools.get('a')!.servers[0]!.exchangesTotal = 7;
  const next = buildRuntime(
    planOf([named('a', 'a.test'), named('b', 'b.test', { lenient: true }), named('d', 'c.test')]),
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
  const first = buildRuntime(planOf([named('a', 'a.test'), named('b', 'b.test')]), undefined, names, env);
  const next = buildRuntime(planOf([named('a', 'a.test'), named('b', 'other.test')]), first, names, env);
  const retired: string[] = [];
  for (const [name, pool] of [...first.pools, ...next.pools]) pool.retire = () => retired.push(name);
  retire(first, next);
  assert.deepEqual(retired, ['b']);
  retire(undefined, next);
  assert.deepEqual(retired, ['b']);
});

test('an unreadable trusted range is refused before anything has changed', () => {
  const plan = { ...planOf([]), forwarding: { trustedProxies: ['10.0.0.0/99'], forwarded: false, via: false } };
  assert.throws(() => buildRuntime(plan, undefined, names, new TestEnv()), TypeError);
});
