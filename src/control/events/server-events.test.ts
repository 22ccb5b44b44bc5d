import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PoolPlan } from '../../proxy/index.ts';
import { plainServer } from '../../proxy/index.ts';
import { ServerBoard } from '../servers/server-board.ts';
import { silent } from '../servers/server-word.ts';
import { durationWords } from './duration-words.ts';
import type { ServerEvent } from './server-event.ts';
import { ServerEvents } from './server-events.ts';

interface Site {
  readonly board: ServerBoard;
  readonly events: ServerEvents;
  readonly told: ServerEvent[];
  readonly lines: string[];
  readonly turn: (ms: number) => void;
}

function site(): Site {
  const servers = ['a', 'b'].map((name) => ({ ...plainServer, name }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is read
  const pools = [{ name: 'app', servers }] as unknown as readonly PoolPlan[];
  const board = new ServerBoard(1);
  board.rowsOf({ pools });
  board.keep({ pools });
  let now = Date.parse('2026-01-01T00:00:00Z');
  const lines: string[] = [];
  const at =
    (level: string) =>
    (message: string): void =>
      void lines.push(`${level} ${message}`);
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const told: ServerEvent[] = [];
  const clock = { now: () => now, date: () => now };
  const events = new ServerEvents({ board, log, clock, tell: (event) => void told.push(event) });
  events.follow({ pools });
  return { board, events, told, lines, turn: (ms) => void (now += ms) };
}

const a = { pool: 'app', server: 'a' };
const b = { pool: 'app', server: 'b' };

void test('a server that goes down and comes back is told of, with the reason, the time and what is left', () => {
  const { board, told, lines, turn } = site();
  board.change(a, { health: 'up' }, 'answered 200');
  turn(200_000);
  board.change(a, { health: 'down' }, 'connection refused');
  turn(5000);
  board.change(a, { health: 'up' }, 'answered 200');
  assert.deepEqual(lines, [
    'debug The server a is up: answered 200',
    'warn The server a is down: connection refused; it was up for 3 min 20 s; 1 of 2 servers of the pool are usable',
    'info The server a is up: answered 200; it was down for 5 s; 2 of 2 servers of the pool are usable',
  ]);
  assert.deepEqual(told[0], {
    event: 'server-down',
    at: '2026-01-01T00:03:20.000Z',
    ...a,
    why: 'connection refused',
    beforeMs: 200_000,
    usable: 1,
    servers: 2,
  });
});

void test('a pool without a usable server is an error, and its end is told of', () => {
  const { board, told, lines, turn } = site();
  board.change(a, { operator: 'maint' }, 'asked for');
  turn(60_000);
  board.change(b, { health: 'down' }, 'no answer within 2 s');
  turn(1000);
  board.change(b, { health: 'up' }, 'answered 200');
  assert.deepEqual(
    told.map(({ event, server }) => [event, server]),
    [
      ['server-maint', 'a'],
      ['server-down', 'b'],
      ['pool-down', undefined],
      ['server-up', 'b'],
      ['pool-up', undefined],
    ],
  );
  assert.equal(lines[2], 'error The pool app has no usable server, after 1 min with one: no answer within 2 s');
  assert.equal(lines[4], 'info The pool app has a usable server again, after 1 s');
});

void test('weights alone are no events, unless nothing is left of the last one', () => {
  const { board, told } = site();
  board.change(a, { share: 0.5 }, 'it starts slowly');
  board.change(a, { weight: 3 }, 'asked for');
  board.change(a, { weight: 0 }, 'asked for');
  assert.deepEqual(told, []);
  board.change(b, { said: { ...silent, share: 0 } }, 'its agent says 0%');
  assert.deepEqual(
    told.map(({ event }) => event),
    ['pool-down'],
  );
});

void test('what has happened is counted, by what it was', () => {
  const { board, events, turn } = site();
  for (const ejected of [true, false, true]) board.change(a, { ejected }, 'five failures in a row');
  board.change(a, { operator: 'drain' }, 'asked for');
  turn(5);
  const { counts, since } = events.of(a)!;
  assert.deepEqual(Object.fromEntries(counts ?? []), { 'server-ejected': 2, 'server-returned': 1, 'server-drain': 1 });
  assert.equal(since, Date.parse('2026-01-01T00:00:00Z'));
});

void test('durationWords() has the two largest units', () => {
  assert.deepEqual([0, 249.6, 1000, 1549, 59_999, 60_000, 3_600_000, 3_725_000, 90_000_000].map(durationWords), [
    '0 ms',
    '250 ms',
    '1 s',
    '1.5 s',
    '1 min',
    '1 min',
    '1 h',
    '1 h 2 min',
    '1 d 1 h',
  ]);
});
