import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SharedRow } from '../../core/shared/shared-rows.ts';
import { PoolField, readState, ServerField, type Plan } from '../../proxy/index.ts';
import { ServerBoard, type ServerChange } from './server-board.ts';

function planOf(pools: Readonly<Record<string, readonly string[]>>, weight = 1): Pick<Plan, 'pools'> {
  const each = Object.entries(pools).map(([name, servers]) => ({
    name,
    servers: servers.map((server) => ({ name: server, weight, group: 0 })),
  }));
  return { pools: each } as unknown as Pick<Plan, 'pools'>;
}

function rowsOf(
  board: ServerBoard,
  plan: Pick<Plan, 'pools'>,
  pool: string,
): { epoch: () => number; server: SharedRow } {
  const { memory, pools } = board.rowsOf(plan);
  const places = pools.get(pool)!;
  const row = new SharedRow(memory, places.pool, 1);
  return { epoch: () => row.get(PoolField.epoch), server: new SharedRow(memory, places.servers[0]!, 1) };
}

void test('threads see what was changed, and the epoch says so', () => {
  const [board, plan] = [new ServerBoard(2), planOf({ app: ['a', 'b'], api: ['a'] }, 4)];
  const app = rowsOf(board, plan, 'app');
  assert.deepEqual(readState(app.server), { operator: 'ready', health: 'unknown', ejected: false, weight: 4 });
  board.keep(plan);
  const before = app.epoch();
  const changes: ServerChange[] = [];
  board.listen((change) => changes.push(change));
  assert.equal(board.change({ pool: 'app', server: 'a' }, { health: 'down' }, 'it does not answer'), true);
  assert.equal(board.change({ pool: 'app', server: 'a' }, { health: 'down' }, 'again'), false);
  assert.equal(board.change({ pool: 'app', server: 'x' }, { health: 'down' }, 'nobody'), false);
  assert.equal(app.epoch(), before + 1);
  assert.equal(readState(app.server).health, 'down');
  assert.equal(readState(rowsOf(board, plan, 'api').server).health, 'unknown', 'the other pool has its own');
  assert.deepEqual(
    changes.map(({ pool, server, before: was, after, why }) => [pool, server, was.health, after.health, why]),
    [['app', 'a', 'unknown', 'down', 'it does not answer']],
  );
});

void test('a weight that was set takes the place of the config’s, and a share is of either', () => {
  const [board, plan] = [new ServerBoard(2), planOf({ app: ['a'] }, 4)];
  board.rowsOf(plan);
  board.keep(plan);
  const { server } = rowsOf(board, plan, 'app');
  board.change({ pool: 'app', server: 'a' }, { share: 0.25 }, 'it starts');
  assert.equal(readState(server).weight, 1);
  board.change({ pool: 'app', server: 'a' }, { weight: 10 }, 'asked for');
  assert.equal(readState(server).weight, 2.5);
});

void test('states outlive a reload that keeps pool and server, and no other', () => {
  const [board, first] = [new ServerBoard(2), planOf({ app: ['a', 'b'] })];
  board.rowsOf(first);
  board.keep(first);
  board.change({ pool: 'app', server: 'a' }, { operator: 'maint' }, 'asked for');
  const next = planOf({ app: ['a', 'c'], more: ['a'] }, 3);
  board.rowsOf(next);
  board.keep(next);
  assert.equal(board.get({ pool: 'app', server: 'a' })?.operator, 'maint');
  assert.deepEqual(readState(rowsOf(board, next, 'app').server), {
    operator: 'maint',
    health: 'unknown',
    ejected: false,
    weight: 3,
  });
  assert.equal(board.get({ pool: 'app', server: 'b' }), undefined);
  assert.equal(board.get({ pool: 'more', server: 'a' })?.operator, 'ready');
});

void test('what a thread held of a server is given back when it has ended', () => {
  const [board, plan] = [new ServerBoard(2), planOf({ app: ['a'] })];
  const { server } = rowsOf(board, plan, 'app');
  board.keep(plan);
  server.take(ServerField.exchanges, 9);
  assert.equal(board.read({ pool: 'app', server: 'a' }, ServerField.exchanges), 1);
  board.ended(1);
  assert.equal(board.read({ pool: 'app', server: 'a' }, ServerField.exchanges), 0);
});
