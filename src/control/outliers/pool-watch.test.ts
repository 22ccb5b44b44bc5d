import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PoolField, readBreaker, ServerField, type PassivePlan } from '../../proxy/index.ts';
import type { ServerName } from '../servers/server-board.ts';
import { breaker, outliers, world, type World } from './fixtures.test.ts';

const streaks: PassivePlan = { outliers, breaker: undefined };

const ofPool: PassivePlan = { outliers: undefined, breaker: { ...breaker, of: 'pool' } };

void test('the breaker of a pool opens for the failures of all its servers, is tried out, and closes', () => {
  const site = world(ofPool, 'ab');
  const row = site.board.rowsOfPool('app')!.pool;
  for (const server of 'ab') site.count(server, 10, 5);
  site.pass(100);
  assert.deepEqual(site.take(), ['app open: 10 of 20 requests in 10 s failed']);
  assert.equal(readBreaker(row).state, 'open');
  assert.equal(site.out, '');
  site.pass(5000);
  assert.deepEqual(site.take(), ['app half-open: its time is over']);
  assert.equal(readBreaker(row).state, 'half-open');
  site.watch.take({ kind: 'probe', pool: 'app', ok: false });
  assert.equal(readBreaker(row).state, 'open');
  site.pass(5100);
  site.watch.take({ kind: 'probe', pool: 'app', ok: true });
  assert.deepEqual(readBreaker(row), { state: 'closed' });
  assert.deepEqual(site.watch.breakers, [
    { pool: 'app', state: 'closed', why: 'a request that tried it out went well', until: undefined, opened: 2 },
  ]);
});

void test('a reload that changes the breaker closes it, one that keeps it does not', () => {
  const site = world(ofPool, 'ab');
  const row = site.board.rowsOfPool('app')!.pool;
  site.count('a', 10, 10);
  site.pass(100);
  site.apply(ofPool, 'abc');
  assert.equal(readBreaker(row).state, 'open');
  site.apply({ outliers: undefined, breaker: { ...breaker, of: 'pool', openMs: 1 } }, 'abc');
  assert.equal(row.get(PoolField.breaker), 0);
  site.count('a', 10, 10);
  site.pass(100);
  assert.equal(readBreaker(row).state, 'open');
  site.apply(undefined, 'abc');
  assert.equal(row.get(PoolField.breaker), 0);
});

const ofServers: PassivePlan = { outliers: undefined, breaker: { ...breaker, of: 'servers' } };

/** Exchanges that the server may have at once; 0: no bound. */
function bound({ board }: World, { pool, server }: ServerName): number {
  return board.rowsOfPool(pool)!.servers.get(server)!.get(ServerField.maxRequests);
}

void test('the breaker of a server takes it out, and lets one request at a time try it out', () => {
  const site = world(ofServers, 'abc');
  const a = { pool: 'app', server: 'a' };
  site.count('a', 10, 5);
  site.count('b', 100, 0);
  site.pass(100);
  assert.equal(site.take()[0], 'a out: its circuit breaker opened: 5 of 10 requests in 10 s failed; it is out for 5 s');
  site.pass(5100);
  assert.deepEqual([site.out, bound(site, a)], ['', 1]);
  site.count('a', 1, 1);
  site.pass(100);
  assert.deepEqual([site.out, bound(site, a)], ['a', 0]);
  site.pass(5100);
  site.count('a', 1, 0);
  site.pass(100);
  assert.deepEqual([site.out, bound(site, a)], ['', 0]);
  site.count('a', 9, 9);
  site.pass(100);
  assert.equal(site.out, '', 'what was before it closed is forgotten');
  site.count('a', 1, 0);
  site.pass(100);
  assert.equal(site.out, 'a');
});

void test('what a server has had since before its breaker opened does not stand in the way of a trial', () => {
  const site = world(ofServers, 'ab');
  site.board.rowsOfPool('app')!.servers.get('a')!.set(ServerField.exchanges, 3);
  site.count('a', 10, 10);
  site.pass(5300);
  assert.equal(bound(site, { pool: 'app', server: 'a' }), 4);
});

void test('the breaker of the last usable server lets it stay', () => {
  const site = world(ofServers, 'ab');
  site.count('a', 10, 10);
  site.pass(100);
  site.count('b', 10, 10);
  site.pass(100);
  assert.equal(site.out, 'a');
});

void test('a server that is being tried out is free when a reload takes its breaker away', () => {
  const site = world(ofServers, 'ab');
  site.count('a', 10, 10);
  site.pass(5300);
  assert.equal(bound(site, { pool: 'app', server: 'a' }), 1);
  site.apply(streaks, 'ab');
  assert.equal(bound(site, { pool: 'app', server: 'a' }), 0);
});

void test('after stop() nothing is looked at any more', () => {
  const site = world(ofPool, 'ab');
  assert.equal(site.busy, true);
  site.watch.stop();
  assert.equal(site.busy, false);
  site.watch.take({ kind: 'probe', pool: 'app', ok: true });
  assert.equal(site.busy, false);
});
