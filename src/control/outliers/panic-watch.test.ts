import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Plan } from '../../proxy/index.ts';
import { PoolEvents } from '../events/pool-events.ts';
import type { ServerEvent } from '../events/server-event.ts';
import { ServerBoard } from '../servers/server-board.ts';
import { PanicWatch } from './panic-watch.ts';

function planOf(servers: string, panicBelow: number): Pick<Plan, 'pools'> {
  const each = [...servers].map((name) => ({ name, weight: 1, group: 0 }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parts that are read
  return { pools: [{ name: 'app', servers: each, panicBelow }] } as unknown as Pick<Plan, 'pools'>;
}

interface World {
  readonly watch: PanicWatch;
  readonly told: string[];
  readonly apply: (plan: Pick<Plan, 'pools'>) => void;
  readonly change: (server: string, parts: Parameters<ServerBoard['change']>[1]) => void;
}

function world(): World {
  const board = new ServerBoard(1);
  const told: string[] = [];
  const watch = new PanicWatch(board, (panic, pool, why) => void told.push(`${pool} ${panic}: ${why}`));
  return {
    watch,
    told,
    apply(plan) {
      board.rowsOf(plan);
      board.keep(plan);
      watch.follow(plan);
    },
    change: (server, parts) => void board.change({ pool: 'app', server }, parts, 'a test'),
  };
}

void test('a pool panics when fewer are up than it says, whether down or ejected, and calms down', () => {
  const { watch, told, apply, change } = world();
  apply(planOf('abcd', 50));
  change('a', { health: 'down' });
  change('b', { ejected: true });
  assert.deepEqual(told, []);
  change('c', { ejected: true });
  assert.deepEqual(told, ['app true: 1 of 4 are up, and panicBelow is 50 %']);
  assert.equal(watch.has('app'), true);
  change('d', { health: 'down' });
  change('d', { health: 'up' });
  change('b', { ejected: false });
  assert.deepEqual(told.slice(1), ['app false: 2 of 4 are up, and panicBelow is 50 %']);
  watch.stop();
  change('d', { health: 'down' });
  assert.equal(told.length, 2);
});

void test('servers that the operator has taken out do not count, and a reload may end it', () => {
  const { watch, told, apply, change } = world();
  apply(planOf('abc', 50));
  change('a', { operator: 'maint' });
  change('b', { health: 'down' });
  assert.deepEqual(told, [], 'half of those that are wanted are up');
  apply(planOf('abc', 90));
  assert.equal(watch.has('app'), true);
  apply(planOf('abc', 0));
  assert.equal(watch.has('app'), false);
});

void test('events of pools are told, logged and counted', () => {
  const board = new ServerBoard(1);
  const plan = planOf('abc', 50);
  board.rowsOf(plan);
  board.keep(plan);
  board.change({ pool: 'app', server: 'a' }, { health: 'down' }, 'a test');
  const [told, lines]: [ServerEvent[], string[]] = [[], []];
  let ms = 1_700_000_000_000;
  const note =
    (level: string) =>
    (message: string): void =>
      void lines.push(`${level} ${message}`);
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const clock = { now: () => ms, date: () => ms };
  const events = new PoolEvents({ board, clock, log, tell: (event) => void told.push(event) });
  events.note('breaker-open', 'app', 'it fails');
  ms += 5000;
  events.note('breaker-closed', 'app', 'it works');
  events.note('breaker-open', 'app', 'it fails');
  assert.deepEqual(told[1], {
    event: 'breaker-closed',
    at: '2023-11-14T22:13:25.000Z',
    pool: 'app',
    server: undefined,
    why: 'it works',
    beforeMs: 5000,
    usable: 2,
    servers: 3,
  });
  assert.match(lines[0]!, /^error The circuit breaker of the pool app is open: .* 503: it fails$/);
  assert.deepEqual(events.countsOf('app'), { 'breaker-open': 2, 'breaker-closed': 1 });
  events.follow(new Set(['other']));
  assert.deepEqual(events.countsOf('app'), {});
});
