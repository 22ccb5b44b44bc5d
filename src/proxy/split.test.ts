import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { planOf } from '../../test/harness/plan-of.ts';
import { Headers } from '../core/headers.ts';
import { Trace } from '../core/trace.ts';
import { allocateBonds, bondEnvOf } from './bond-env.ts';
import type { Exchange } from './exchange.ts';
import type { SplitPlan } from './split-plan.ts';
import { splitAlone, SplitField, splitsOf, writeWeight, type RowsOfSplit } from './split-rows.ts';
import { Split } from './split.ts';
import type { Pool } from './upstream/pool.ts';

interface TestPool {
  readonly plan: { readonly name: string };
  usable: boolean;
}

/** A route that leads to pools with these weights: `p0`, `p1` and so on. */
class Place {
  readonly pools: readonly TestPool[];
  readonly rows: RowsOfSplit;
  readonly split: Split;

  constructor(weights: readonly number[], more: Partial<SplitPlan> = {}) {
    const parts = weights.map((weight, i) => ({ pool: `p${i}`, weight }));
    const plan = { parts, fallback: true, sticky: undefined, ...more };
    const [route] = splitsOf(planOf({ routes: [{ more: { name: 'www', split: plan } }] }, 'log').routes);
    this.pools = parts.map(({ pool }) => ({ plan: { name: pool }, usable: true }));
    this.rows = splitAlone(plan);
    const pools = new Map(this.pools.map((pool) => [pool.plan.name, pool as unknown as Pool]));
    const env = { clock: { date: () => 1_700_000_000_000 }, bonds: bondEnvOf(allocateBonds('secret')) };
    this.split = new Split({ route: route!, pools, rows: this.rows, env });
  }

  /** The number of the pool that has the request. */
  one(exchange: Exchange = exchangeOf()): number {
    return Number(this.split.choose(exchange, exchange.headers).plan.name.slice(1));
  }

  many(count: number): number[] {
    const counts = this.pools.map(() => 0);
    for (let i = 0; i < count; i++) counts[this.one()]! += 1;
    return counts;
  }

  /** As main does. */
  say(part: number, weight: number): void {
    writeWeight(this.rows.parts[part]!, weight);
    this.rows.split.add(SplitField.epoch, 1);
  }
}

function exchangeOf(fields: readonly (readonly [string, string])[] = [], dry = false): Exchange {
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  return { headers, client: { trusted: false }, scheme: 'http', dry, trace: undefined } as unknown as Exchange;
}

test('each pool has exactly its share of any full round, whatever the weights', () => {
  const weights = fc.array(fc.nat(40), { minLength: 2, maxLength: 6 }).filter((all) => all.some((each) => each > 0));
  fc.assert(
    fc.property(weights, fc.nat(50), (all, before) => {
      const place = new Place(all);
      place.many(before);
      const sum = all.reduce((total, each) => total + each, 0);
      assert.deepEqual(place.many(sum), all);
    }),
  );
});

test('fractions count in thousandths', () => {
  assert.deepEqual(new Place([99.5, 0.5]).many(1000), [995, 5]);
});

test('a change of weights counts from the next request on', () => {
  const place = new Place([1, 0]);
  assert.deepEqual(place.many(4), [4, 0]);
  place.say(1, 3);
  assert.deepEqual(place.many(8), [2, 6]);
  place.say(0, 0);
  assert.deepEqual(place.many(3), [0, 3]);
  place.say(1, 0);
  assert.equal(
    place.many(4).reduce((sum, each) => sum + each, 0),
    4,
    'between two words of main a request finds a pool, too',
  );
});

test('the share of a pool without usable servers goes to the others, and comes back', () => {
  const place = new Place([2, 1, 1]);
  place.pools[1]!.usable = false;
  assert.deepEqual(place.many(6), [4, 0, 2]);
  place.pools[1]!.usable = true;
  assert.deepEqual(place.many(8), [4, 2, 2]);
  for (const pool of place.pools) pool.usable = false;
  assert.deepEqual(place.many(4), [2, 1, 1], 'each refuses what it has');
});

test('a pool of weight 0 does not stand in for one without servers', () => {
  const place = new Place([1, 0]);
  place.pools[0]!.usable = false;
  assert.deepEqual(place.many(3), [3, 0]);
});

test('without fallback a pool without usable servers keeps its share', () => {
  const place = new Place([1, 1], { fallback: false });
  place.pools[1]!.usable = false;
  assert.deepEqual(place.many(4), [2, 2]);
});

const cookie = { name: 'pool', path: '/', domain: undefined, sameSite: 'Lax', secret: undefined } as const;

test('a cookie keeps a client with its pool, unless that is out, and then tells it of the new one', () => {
  const place = new Place([1, 1], { sticky: { kind: 'cookie', cookie, maxAgeMs: 0, maxIdleMs: 0 } });
  const server = planOf({ servers: [{ kind: 'unix', path: '/x' }] }, 'log').pools[0]!.servers[0]!;
  const ask = (pair?: string): { pool: number; pair: string | undefined } => {
    const exchange = exchangeOf(pair === undefined ? [] : [['Cookie', pair]]);
    const pool = place.one(exchange);
    assert.equal(exchange.headers.has('Cookie'), false, 'it is taken out');
    const headers = new Headers();
    exchange.bond?.answered(headers, exchange, server);
    return { pool, pair: headers.get('Set-Cookie')?.split(';')[0] };
  };
  const first = ask();
  for (let i = 0; i < 3; i++) assert.deepEqual(ask(first.pair), { pool: first.pool, pair: undefined });
  place.pools[first.pool]!.usable = false;
  const moved = ask(first.pair);
  assert.equal(moved.pool, 1 - first.pool);
  place.pools[first.pool]!.usable = true;
  assert.deepEqual(ask(moved.pair), { pool: moved.pool, pair: undefined });
  assert.notEqual(ask('pool=junk').pair, undefined);
});

test('a hash gives the same key the same pool, and requests without it go by turns', () => {
  const place = new Place([1, 1], { sticky: { kind: 'hash', of: { kind: 'header', name: 'x-user' } } });
  const all = Array.from({ length: 40 }, (_, i) => place.one(exchangeOf([['X-User', `u${i}`]])));
  assert.deepEqual(new Set(all), new Set([0, 1]));
  assert.deepEqual(
    all.map((_, i) => place.one(exchangeOf([['X-User', `u${i}`]]))),
    all,
  );
  assert.deepEqual(place.many(10), [5, 5]);
});

test('a dry exchange changes no turn, and a trace says which pool it is and why', () => {
  const place = new Place([3, 1]);
  for (let i = 0; i < 5; i++) assert.equal(place.one(exchangeOf([], true)), 0);
  const exchange = { ...exchangeOf([], true), trace: new Trace() };
  place.one(exchange);
  const [note] = exchange.trace.notes;
  assert.equal(note?.what, 'the pool is p0: it is its turn (weight 3, 75 % of requests)');
  assert.equal(note?.by, 'www');
});
