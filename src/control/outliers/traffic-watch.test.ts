import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PassivePlan } from '../../proxy/index.ts';
import { outliers, world } from './fixtures.test.ts';

const streaks: PassivePlan = { outliers, breaker: undefined };

void test('a full streak takes a server out, with words, and it comes back when its time is over', () => {
  const site = world(streaks, 'abc');
  assert.equal(site.busy, false, 'nobody looks while there is nothing to look at');
  site.streak('a');
  const failed = '5 attempts in a row failed or were answered with an error of the server';
  assert.deepEqual(site.take(), [`a out: ${failed}; it is out for 30 s`]);
  assert.deepEqual(site.status('a'), {
    why: failed,
    kind: 'failures',
    until: new Date(1_700_000_031_000).toISOString(),
    times: 1,
  });
  site.pass(29_900);
  assert.equal(site.out, 'a');
  site.pass(200);
  assert.deepEqual(site.take(), ['a back: its time is over']);
  assert.deepEqual(site.watch.ejectionCountsOf({ pool: 'app', server: 'a' }), { failures: 1 });
  assert.equal(site.status('a'), undefined);
});

void test('each time it stays out longer, up to the most, and that is forgotten with time', () => {
  const site = world(streaks, 'abc');
  const times: number[] = [];
  for (let i = 0; i < 4; i++) {
    site.streak('a');
    let ms = 0;
    for (; site.out === 'a'; ms += 100) site.pass(100);
    times.push(ms);
  }
  assert.deepEqual(times, [30_000, 60_000, 70_000, 70_000]);
  site.pass(10_000 * 4 + 200);
  assert.equal(site.busy, false);
  site.take();
  site.streak('a');
  assert.match(site.take()[0]!, /out for 30 s$/);
});

void test('jitter adds up to so much', () => {
  const site = world({ outliers: { ...outliers, jitterMs: 4000 }, breaker: undefined }, 'ab');
  site.random = 0.5;
  site.streak('a');
  assert.match(site.take()[0]!, /out for 32 s$/);
});

void test('of a pool no more than the share are out at once, but one always may be', () => {
  const few = world(streaks, 'abc');
  few.streak('a');
  few.streak('b');
  assert.equal(few.out, 'a');
  const many = world({ outliers: { ...outliers, maxEjected: 50 }, breaker: undefined }, 'abcde');
  for (const server of 'abcde') many.streak(server);
  assert.equal(many.out, 'ab');
});

void test('the only server of a pool stays, and so does the last one that is usable', () => {
  const one = world(streaks, 'a');
  one.streak('a');
  assert.equal(one.out, '');
  const two = world({ outliers: { ...outliers, maxEjected: 100 }, breaker: undefined }, 'ab');
  two.board.change({ pool: 'app', server: 'b' }, { health: 'down' }, 'a check');
  two.streak('a');
  assert.equal(two.out, '');
  two.streak('x');
  assert.equal(two.busy, false);
  two.watch.take({ kind: 'streak', pool: 'gone', server: 'a', streak: 'failures', length: 5 });
  assert.equal(two.out, '');
});

void test('where the last usable server fails, those that are out come back', () => {
  const site = world(streaks, 'ab');
  site.streak('a');
  assert.equal(site.out, 'a');
  site.streak('b');
  assert.equal(site.out, '');
  assert.equal(site.take().at(-1), 'a back: the last other one fails, too');
  site.streak('b');
  assert.equal(site.out, 'b');
});

void test('a check that has passed brings a server back', () => {
  const site = world(streaks, 'ab');
  site.streak('a');
  site.pass(1000);
  assert.equal(site.out, 'a');
  site.passed.add('a');
  site.pass(100);
  assert.equal(site.take().at(-1), 'a back: a check has passed');
});

void test('a reload that keeps the server keeps it out; one without outliers, or with one server, brings it back', () => {
  const site = world(streaks, 'abc');
  site.streak('a');
  site.apply({ outliers: { ...outliers, baseMs: 1000 }, breaker: undefined }, 'abcd');
  assert.equal(site.out, 'a');
  site.apply(undefined, 'abcd');
  assert.equal(site.out, '');
  site.apply(streaks, 'ab');
  site.streak('a');
  site.apply(streaks, 'a');
  assert.equal(site.out, '');
  site.apply(streaks, 'bc');
  site.pass(100_000);
  assert.equal(site.busy, false);
});

void test('rates are compared once an interval, among those that are used', () => {
  const successRate = { minServers: 5, minRequests: 100, stdevFactor: 1.9 };
  const site = world({ outliers: { ...outliers, successRate }, breaker: undefined }, 'abcdef');
  site.pass(100);
  for (const server of 'abcdef') site.count(server, 100, server === 'f' ? 60 : 0);
  site.pass(9500);
  assert.equal(site.out, '');
  site.pass(600);
  assert.equal(site.out, 'f');
  assert.match(site.take()[0]!, /^f out: 40 % of its requests went well/);
});
