import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProxyError } from '../../../core/errors.ts';
import { allocatePiece, SharedRow, type RowsMemory } from '../../../core/shared/shared-rows.ts';
import { exchangeOf, TestEnv, turns, until } from '../../fixtures.test.ts';
import { PoolField, ServerField, tellWaiting } from '../../server-state.ts';
import { Places, type Placed } from './places.ts';
import { Waiter, type PlaceTaker } from './waiter.ts';

class Site implements Placed {
  readonly name: string;
  readonly row: SharedRow;
  idle = 0;

  constructor(name: string, row: SharedRow) {
    this.name = name;
    this.row = row;
  }

  take(): boolean {
    return this.row.take(ServerField.exchanges, this.row.get(ServerField.maxRequests));
  }

  release(): void {
    this.row.give(ServerField.exchanges);
  }

  get full(): boolean {
    return this.row.get(ServerField.exchanges) >= this.row.get(ServerField.maxRequests);
  }

  giveUpIdle(): void {
    this.idle++;
  }
}

interface Thread {
  readonly env: TestEnv;
  readonly servers: readonly Site[];
  readonly places: Places<Site>;
  readonly pool: SharedRow;
}

/** Two threads (as far as rows know) with servers of these limits. */
function twoThreads(limits: readonly number[], max = 100): [Thread, Thread] {
  const memory: RowsMemory = { places: 2, pieces: [allocatePiece(2)] };
  for (const [i, limit] of limits.entries()) new SharedRow(memory, i + 1, 0).set(ServerField.maxRequests, limit);
  const thread = (place: number): Thread => {
    const env = new TestEnv();
    const servers = limits.map((_, i) => new Site(`server-${i}`, new SharedRow(memory, i + 1, place)));
    const pool = new SharedRow(memory, 0, place);
    const picker = {
      pick: (_: unknown, usable: readonly Site[], tried?: ReadonlySet<Site>): Site =>
        usable.find((server) => tried?.has(server) !== true) ?? usable[0]!,
    };
    const capacity = { maxRequests: 0, queue: { max, timeoutMs: 5000 } };
    return {
      env,
      servers,
      pool,
      places: new Places({ pool: 'app', capacity, picker, row: pool, usable: { list: servers } }, env),
    };
  };
  return [thread(0), thread(1)];
}

class Taker implements PlaceTaker<Site> {
  readonly exchange = exchangeOf();
  readonly name: string;
  readonly told: string[];
  server: Site | undefined;

  constructor(name: string, told: string[] = []) {
    this.name = name;
    this.told = told;
  }

  placed(server: Site): void {
    this.server = server;
    this.told.push(`${this.name} at ${server.name}`);
  }

  refused(error: ProxyError): void {
    this.told.push(`${this.name} ${error.code}`);
  }
}

const any = { tried: undefined, only: undefined };

void test('places are given in the order of coming, over two threads', async () => {
  const [a, b] = twoThreads([1]);
  const told: string[] = [];
  const first = a.places.enter(new Taker('0'), any);
  assert.ok(first instanceof Site);
  const takers: [Thread, Taker][] = [];
  for (let i = 1; i < 9; i++) {
    const [thread, taker] = [i % 3 === 0 ? a : b, new Taker(String(i), told)];
    assert.ok(thread.places.enter(taker, any) instanceof Waiter);
    takers.push([thread, taker]);
  }
  a.places.release(first);
  for (const [i, [thread, taker]] of takers.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await until(() => taker.server !== undefined);
    assert.equal(told.length, i + 1);
    thread.places.release(taker.server!);
  }
  assert.ok(a.pool.free && a.servers[0]!.row.free);
  assert.deepEqual([...a.env.bugs, ...b.env.bugs], []);
});

void test('one who comes does not pass those that wait, unless they can use nothing of what is free', async () => {
  const [a, b] = twoThreads([1, 1]);
  const told: string[] = [];
  const [one, two] = [a.places.enter(new Taker('1'), any), a.places.enter(new Taker('2'), any)] as [Site, Site];
  const wants = new Taker('wants the first', told);
  b.places.enter(wants, { tried: undefined, only: b.servers[0] });
  a.places.release(two);
  await turns();
  const passing = new Taker('passes', told);
  const found = a.places.enter(passing, any);
  assert.ok(found === two, 'the second is of no use to the one that waits');
  const behind = new Taker('behind', told);
  assert.ok(a.places.enter(behind, any) instanceof Waiter);
  a.places.release(one);
  await until(() => told.length === 1);
  assert.deepEqual(told, ['wants the first at server-0']);
  a.places.release(two);
  await until(() => told.length === 2);
  assert.deepEqual(told[1], 'behind at server-1');
});

void test('a full queue refuses, or makes room for what is more important', () => {
  const [a, b] = twoThreads([1], 2);
  const told: string[] = [];
  assert.ok(a.places.enter(new Taker('has it'), any) instanceof Site);
  assert.ok(a.places.enter(new Taker('low 1', told), any, 'low') instanceof Waiter);
  assert.ok(a.places.enter(new Taker('low 2', told), any, 'low') instanceof Waiter);
  const full = b.places.enter(new Taker('high'), any, 'high');
  assert.ok(full instanceof ProxyError && full.code === 'queue-full', 'those of other threads stay');
  assert.ok(a.places.enter(new Taker('high'), any, 'high') instanceof Waiter);
  assert.deepEqual(told, ['low 2 queue-full']);
  assert.equal(a.places.waiting, 2);
  const again = a.places.enter(new Taker('low 3'), any, 'low');
  assert.ok(again instanceof ProxyError);
});

void test('who has waited long enough is refused, and the time that it waited is noted', () => {
  const [a] = twoThreads([1]);
  const told: string[] = [];
  a.places.enter(new Taker('has it'), any);
  const taker = new Taker('waits', told);
  a.places.enter(taker, any);
  a.env.pass(4900);
  assert.deepEqual(told, []);
  a.env.pass(400);
  assert.deepEqual(told, ['waits queue-timeout']);
  assert.ok(taker.exchange.timings.queuedMs >= 5000);
  assert.equal(a.places.waiting, 0);
});

void test('who cancels hears nothing, and what was free for it goes to the next', async () => {
  const [a, b] = twoThreads([1]);
  const told: string[] = [];
  const has = a.places.enter(new Taker('has it'), any) as Site;
  const first = b.places.enter(new Taker('first', told), any) as Waiter<Site>;
  a.places.enter(new Taker('second', told), any);
  a.places.release(has);
  assert.deepEqual(told, [], 'it is the turn of the other thread');
  first.cancel();
  await until(() => told.length > 0);
  assert.deepEqual(told, ['second at server-0']);
});

void test('a limit that main raises lets those go that wait', async () => {
  const [a, b] = twoThreads([1]);
  const told: string[] = [];
  a.places.enter(new Taker('has it'), any);
  for (let i = 0; i < 3; i++) b.places.enter(new Taker(String(i), told), any);
  a.servers[0]!.row.set(ServerField.maxRequests, 3);
  tellWaiting(a.pool);
  await until(() => told.length === 2);
  await turns();
  assert.deepEqual(told, ['0 at server-0', '1 at server-0']);
  assert.equal(a.pool.get(PoolField.waiting), 1);
});

void test('a thread with idle connections gives one up for those that wait in another', async () => {
  const [a, b] = twoThreads([1]);
  a.places.begin(true);
  a.places.enter(new Taker('has it'), any);
  b.places.begin(true);
  b.places.enter(new Taker('waits'), any);
  await until(() => a.servers[0]!.idle > 0);
});
