import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ServerBoard } from '../servers/server-board.ts';
import { boardOf, checksOf, poolOf, TurnedTime } from './fixtures.test.ts';
import { SlowStart } from './slow-start.ts';

const checks = checksOf({ slowStartMs: 10_000 });
const name = { pool: 'app', server: 's1' };

interface Site {
  readonly time: TurnedTime;
  readonly board: ServerBoard;
  readonly slow: SlowStart;
  readonly share: () => number | undefined;
}

function site(): Site {
  const [time, board] = [new TurnedTime(), boardOf(poolOf([1, 2], checks))];
  const slow = new SlowStart({ clock: time, after: time.after, board });
  board.listen((change) => slow.changed(change));
  slow.follow([poolOf([1, 2], checks)]);
  return { time, board, slow, share: () => board.get(name)?.share };
}

void test('nothing is held back at the start, nor by the first good check', () => {
  const { time, board, share } = site();
  board.change(name, { health: 'up' }, 'checked');
  assert.deepEqual([share(), time.waiting], [1, 0]);
});

void test('a server that has come back grows in a straight line', () => {
  const { time, board, share } = site();
  board.change(name, { health: 'down' }, 'gone');
  board.change(name, { health: 'up' }, 'back');
  assert.equal(share(), 0.01);
  const shares: unknown[] = [];
  for (let i = 0; i < 5; i++) {
    time.turn(2000);
    shares.push(share());
  }
  assert.deepEqual([shares, time.waiting], [[0.2, 0.4, 0.6, 0.8, 1], 0]);
});

void test('so does one that comes back from maintenance or was ejected, but not one that was drained', () => {
  const { board, share, time } = site();
  board.change(name, { operator: 'maint' }, 'x');
  board.change(name, { operator: 'ready' }, 'x');
  assert.equal(share(), 0.01);
  time.turn(20_000);
  board.change(name, { ejected: true }, 'x');
  board.change(name, { ejected: false }, 'x');
  assert.equal(share(), 0.01);
  time.turn(20_000);
  board.change(name, { operator: 'drain' }, 'x');
  board.change(name, { operator: 'ready' }, 'x');
  assert.equal(share(), 1);
});

void test('one that goes down again begins anew', () => {
  const { time, board, share } = site();
  board.change(name, { health: 'down' }, 'x');
  board.change(name, { health: 'up' }, 'x');
  time.turn(5000);
  board.change(name, { health: 'down' }, 'x');
  assert.deepEqual([share(), time.waiting], [1, 0]);
  board.change(name, { health: 'up' }, 'x');
  assert.equal(share(), 0.01);
});

void test('a server that a reload adds grows, and those that were there do not', () => {
  const { board, slow, share, time } = site();
  const next = poolOf([1, 2, 3], checks);
  board.rowsOf({ pools: [next] });
  board.keep({ pools: [next] });
  slow.follow([next]);
  assert.deepEqual([share(), board.get({ pool: 'app', server: 's3' })?.share], [1, 0.01]);
  const plain = poolOf([1, 2, 3], undefined);
  board.keep({ pools: [plain] });
  slow.follow([plain]);
  assert.deepEqual([board.get({ pool: 'app', server: 's3' })?.share, time.waiting], [1, 0]);
});
