import assert from 'node:assert/strict';
import { test } from 'node:test';

import { errorCodes } from '../../core/errors.ts';
import { CounterBook } from '../../core/shared/counter-book.ts';
import { exchangeOf } from '../fixtures.test.ts';
import type { Exchange } from '../exchange.ts';
import { plainRoute, type Plan, type RoutePlan } from '../plan.ts';
import { retryReasons, retryStops, type RetryNotes, type RetryStop } from '../retry-plan.ts';
import {
  countedRows,
  grpcFields,
  grpcRow,
  otherRow,
  processFields,
  retryFields,
  retryRow,
  routeRow,
  serverRow,
  trafficFields,
  waitRow,
} from './counter-fields.ts';
import { TrafficCounters, type CounterMemory } from './traffic-counters.ts';

const { classes, bytesIn, bytesOut, timeMs, buckets } = trafficFields;

function planWith(routes: readonly string[], servers: readonly string[]): Plan {
  const pools = [{ name: 'p', servers: servers.map((name) => ({ name })) }];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parts that are read
  return { routes: routes.map((name) => ({ ...plainRoute, name })), pools } as unknown as Plan;
}

/** Counters of one thread, and what main reads of them. */
class Counted {
  readonly counters: TrafficCounters = new TrafficCounters();
  readonly traffic: CounterBook = new CounterBook(trafficFields.size);
  readonly process: CounterBook = new CounterBook(processFields.size);

  follow(plan: Plan): void {
    const memory = this.allocate(plan);
    this.counters.follow(plan, memory);
    this.read(plan, memory);
  }

  allocate(plan: Plan, process = true): CounterMemory {
    const { names } = countedRows(plan);
    const routes = this.traffic.allocate(names.routes.length);
    const pools = this.traffic.allocate(names.pools.length);
    return { routes, pools, process: process ? this.process.allocate(1) : undefined };
  }

  /** Main goes on there. */
  read(plan: Plan, { routes, pools, process }: CounterMemory): void {
    const { names } = countedRows(plan);
    if (routes !== undefined) this.traffic.follow(0, routes, names.routes, 'routes');
    if (pools !== undefined) this.traffic.follow(0, pools, names.pools, 'pools');
    if (process !== undefined) this.process.follow(0, process, ['process']);
  }

  finish(route: string | undefined, parts: Partial<Exchange>, times: Partial<Exchange['timings']> = {}): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the part that is read
    const of = route === undefined ? undefined : ({ name: route } as RoutePlan);
    const exchange = exchangeOf({ ...parts, route: of });
    Object.assign(exchange.timings, { started: 100, headRead: 100, connected: 0, firstByte: 0, ended: 100 }, times);
    this.counters.finished(exchange);
  }
}

void test('an exchange counts once for its route and once for its server, with its bytes and times', () => {
  const counted = new Counted();
  counted.follow(planWith(['a', 'b'], ['s']));
  const parts = { pool: 'p', server: 's', status: 200, bytesIn: 7, bytesOut: 5_000_000_000 };
  counted.finish('a', parts, { connected: 101, firstByte: 104, ended: 130.5 });
  counted.finish(
    'a',
    { ...parts, status: 404, reason: undefined },
    { connected: 101, firstByte: 100_000, ended: 100_100 },
  );
  const route = counted.traffic.read(routeRow('a'));
  assert.deepEqual([...route.subarray(classes, classes + 6)], [0, 0, 1, 0, 1, 0]);
  assert.deepEqual([route[bytesIn], route[bytesOut], route[timeMs]], [14, 10_000_000_000, 30.5 + 100_000]);
  assert.equal(route[buckets + 5], 1, '30.5 ms are within 50 ms');
  assert.equal(route[trafficFields.size - 1], 1, '100 s are over the last bound');
  const server = counted.traffic.read(serverRow('p', 's'));
  assert.deepEqual([server[classes + 2], server[classes + 4], server[timeMs]], [1, 1, 3 + 99_899]);
  assert.deepEqual(
    [...counted.traffic.read(routeRow('b'))].filter((field) => field !== 0),
    [],
  );
});

void test('attempts after a first one count for the pool, by why they were made and why no more were', () => {
  const counted = new Counted();
  counted.follow(planWith(['a'], ['s']));
  const notes = (stopped?: RetryStop): RetryNotes => ({ counts: retryReasons.map((_, i) => i), stopped });
  counted.finish('a', { status: 200, pool: 'p', server: 's', retried: notes() });
  counted.finish('a', { status: 502, pool: 'p', server: 's', retried: notes('budget') });
  counted.finish('a', { status: 502, pool: 'gone', server: 's', retried: notes('body') });
  const row = counted.traffic.read(retryRow('p'));
  const stops = row.subarray(retryFields.stops, retryFields.stops + retryStops.length);
  assert.deepEqual([...row.subarray(0, retryFields.stops)], [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(
    retryStops.filter((_, i) => stops[i] === 1),
    ['budget'],
  );
  assert.equal(counted.traffic.read(retryRow(otherRow))[retryFields.stops + retryStops.indexOf('body')], 1);
  assert.ok(retryFields.stops + retryStops.length <= trafficFields.size);
});

void test('calls of gRPC count for their route by how they ended, and with what nobody knows as other', () => {
  const counted = new Counted();
  counted.follow(planWith(['a'], []));
  for (const grpcStatus of [0, 0, 14, 16, 17, 999_999_999]) counted.finish('a', { status: 200, grpcStatus });
  counted.finish('a', { status: 200 });
  counted.finish('gone', { status: 200, grpcStatus: 4 });
  const seen = (route: string): unknown => {
    const row = counted.traffic.read(grpcRow(route));
    return Object.fromEntries(grpcFields.flatMap((name, i) => (row[i] === 0 ? [] : [[name, row[i]]])));
  };
  assert.deepEqual(seen('a'), { OK: 2, UNAVAILABLE: 1, UNAUTHENTICATED: 1, _other: 2 });
  assert.deepEqual(seen(otherRow), { DEADLINE_EXCEEDED: 1 });
  assert.ok(grpcFields.length <= trafficFields.size);
});

void test('reasons count with a route and without one', () => {
  const counted = new Counted();
  counted.follow(planWith(['a'], ['s']));
  counted.finish(undefined, { status: 400, reason: 'bad-request' });
  counted.finish('a', { status: 502, reason: 'server-refused', pool: 'p', server: 's' });
  counted.finish('a', { status: 0, reason: 'client-abort' });
  const fields = counted.process.read('process');
  const reasons = errorCodes.filter((_, i) => fields[processFields.reasons + i] === 1);
  assert.deepEqual(reasons.toSorted(), ['bad-request', 'client-abort', 'server-refused']);
  assert.deepEqual([...counted.traffic.read(routeRow('a'))].slice(0, 6), [1, 0, 0, 0, 0, 1]);
});

void test('odd statuses stay in their fields, and a tunnel has no time', () => {
  const counted = new Counted();
  counted.follow(planWith(['a'], []));
  counted.finish('a', { status: 999 }, { ended: 200 });
  counted.finish('a', { status: 101 }, { ended: 900_000 });
  const row = counted.traffic.read(routeRow('a'));
  assert.deepEqual([...row.subarray(classes, classes + 6)], [0, 1, 0, 0, 0, 1]);
  assert.deepEqual([row[bytesIn], row[timeMs]], [0, 100]);
});

void test('counts of what stays go on with the next plan; what has gone or is too much counts as other', () => {
  const counted = new Counted();
  counted.follow(planWith(['a', 'b'], ['s']));
  for (const route of ['a', 'b']) counted.finish(route, { status: 200 });
  counted.follow(planWith(['a'], ['s']));
  for (const route of ['a', 'b']) counted.finish(route, { status: 200, pool: 'gone', server: 'x' });
  assert.equal(counted.traffic.read(routeRow('a'))[classes + 2], 2);
  assert.equal(counted.traffic.read(routeRow(otherRow))[classes + 2], 1);
  assert.equal(counted.traffic.read(serverRow(otherRow, otherRow))[classes + 2], 2);

  const many = Array.from({ length: 6000 }, (_, i) => `r${i}`);
  const { names } = countedRows(planWith(many, []));
  assert.deepEqual([names.routes.length, names.pools.length], [10_002, 5]);
  counted.follow(planWith(many, []));
  counted.finish('r5999', { status: 200 });
  assert.equal(counted.traffic.read(routeRow(otherRow))[classes + 2], 2);
});

void test('a plan that was made ready counts from when it is taken; one that is not taken, never', async () => {
  const counted = new Counted();
  const [before, dropped, next] = [planWith(['a', 'b'], ['s']), planWith(['c'], []), planWith(['b', 'a', 'd'], ['t'])];
  counted.follow(before);
  const finish = (route: string): void => counted.finish(route, { status: 200, pool: 'p', server: 's' });
  const okOf = (row: string): number => counted.traffic.read(row)[classes + 2]!;
  finish('a');
  await counted.counters.prepare(dropped, counted.allocate(dropped, false));
  finish('a');
  counted.counters.take(before);
  finish('a');
  assert.deepEqual([okOf(routeRow('a')), okOf(serverRow('p', 's'))], [3, 3]);

  await counted.counters.prepare(dropped, counted.allocate(dropped, false));
  const memory = counted.allocate(next, false);
  await counted.counters.prepare(next, memory);
  finish('a');
  finish('b');
  counted.counters.take(next);
  counted.read(next, memory);
  for (const route of ['a', 'c', 'd']) finish(route);
  assert.deepEqual(
    ['a', 'b', 'd', otherRow].map((route) => okOf(routeRow(route))),
    [5, 1, 1, 1],
  );
  assert.equal(okOf(serverRow(otherRow, otherRow)), 3, 'the server s has gone');
  counted.counters.take(dropped);
  finish('a');
  assert.equal(okOf(routeRow('a')), 6);
});

void test('where only the routes have other memory, pools and reasons go on in theirs', async () => {
  const counted = new Counted();
  const [before, next] = [planWith(['a'], ['s']), planWith(['b', 'a'], ['s'])];
  counted.follow(before);
  const finish = (): void =>
    counted.finish('a', { status: 502, reason: 'server-refused', pool: 'p', server: 's' }, { queuedMs: 1 });
  finish();
  const memory = { ...counted.allocate(next, false), pools: undefined };
  await counted.counters.prepare(next, memory);
  counted.counters.take(next);
  counted.read(next, memory);
  finish();
  const rows = [routeRow('a'), serverRow('p', 's'), waitRow('p')];
  assert.deepEqual(
    rows.map((row) => counted.traffic.read(row)[classes + 5]),
    [2, 2, 2],
  );
  assert.equal(counted.process.read('process')[processFields.reasons + errorCodes.indexOf('server-refused')], 2);
  counted.traffic.ended(0);
  assert.deepEqual(
    rows.map((row) => counted.traffic.read(row)[classes + 5]),
    [2, 2, 2],
    'both sheets are kept',
  );
});

void test('before the first plan nothing is counted, and nothing fails', () => {
  new Counted().finish('a', { status: 200, reason: 'internal-error' });
});
