import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { systemClock } from '../../core/clock.ts';
import { SecureContexts, type ChecksPlan, type HealthPlan, type PoolPlan } from '../../proxy/index.ts';
import type { ServerBoard } from '../servers/server-board.ts';
import type { ServerRecord } from '../servers/server-record.ts';
import { boardOf, checksOf, deadPort, keptLog, listening, poolOf, tcpHealth } from './fixtures.test.ts';
import { HealthKeeper } from './health-keeper.ts';
import { afterTimer } from './recurring.ts';
import { Slots } from './slots.ts';

const quick: HealthPlan = { ...tcpHealth, everyMs: 20, fastEveryMs: 10, downEveryMs: 10, timeoutMs: 1000 };

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    if (holds()) return;
    // oxlint-disable-next-line no-await-in-loop -- it polls
    await pause(3);
  }
  assert.fail(`never came: ${what}`);
}

interface Site {
  readonly board: ServerBoard;
  readonly keeper: HealthKeeper;
  readonly lines: string[];
  readonly record: (port: number) => ServerRecord;
  readonly results: (port: number) => number;
  readonly follow: (...pools: readonly PoolPlan[]) => void;
}

function site(t: TestContext, ...pools: readonly PoolPlan[]): Site {
  const [board, { log, lines }] = [boardOf(...pools), keptLog()];
  const keeper = new HealthKeeper({
    board,
    clock: systemClock,
    log,
    addressesOf: () => [],
    contexts: new SecureContexts(),
    after: afterTimer,
    random: Math.random,
    slots: new Slots(4),
    scripts: new Slots(1),
  });
  t.after(() => keeper.stop());
  keeper.follow({ pools });
  const nameOf = (port: number) => ({ pool: 'app', server: `s${port}` });
  return {
    board,
    keeper,
    lines,
    record: (port) => board.get(nameOf(port))!,
    results: (port) => keeper.statusOf(nameOf(port)).checks?.history.length ?? 0,
    follow: (...next) => {
      board.rowsOf({ pools: next });
      board.keep({ pools: next });
      keeper.follow({ pools: next });
    },
  };
}

void test('checks find out which servers are up, and keep the last results', async (t) => {
  const [good, dead] = [await listening(t, () => {}), await deadPort()];
  const { record, keeper, results } = site(t, poolOf([good, dead], checksOf({ health: quick })));
  await until('both', () => record(good).health === 'up' && record(dead).health === 'down');
  await until('many results', () => results(good) === 20);
  const { checks } = keeper.statusOf({ pool: 'app', server: `s${dead}` });
  assert.equal(checks?.history.at(-1)?.why, 'connection refused');
  assert.ok(checks.failed > 0 && checks.passed === 0);
  assert.equal(keeper.statusOf({ pool: 'other', server: `s${dead}` }).checks, undefined);
});

void test('a pool without checks has none, and no timer', (t) => {
  const { keeper } = site(t, poolOf([1, 2], undefined), poolOf([1], checksOf({ slowStartMs: 1000 }), 'slow'));
  assert.deepEqual(keeper.statusOf({ pool: 'app', server: 's1' }), { checks: undefined, word: undefined });
});

void test('a reload that keeps server and check keeps all that is known; a new check begins anew, and the state stays', async (t) => {
  const dead = await deadPort();
  const pool = poolOf([dead], checksOf({ health: quick }));
  const { record, results, follow } = site(t, pool);
  await until('results', () => record(dead).health === 'down' && results(dead) > 2);
  follow({ ...pool, activateBelow: 2 });
  assert.ok(results(dead) > 2);
  follow({ ...pool, checks: checksOf({ health: { ...quick, everyMs: 60_000, fastEveryMs: 60_000 } }) });
  assert.deepEqual([record(dead).health, results(dead)], ['down', 0]);
});

void test('a server that is not checked any more counts as if nobody had ever looked', async (t) => {
  const dead = await deadPort();
  const { record, follow } = site(t, poolOf([dead], checksOf({ health: quick })));
  await until('down', () => record(dead).health === 'down');
  follow(poolOf([dead], undefined));
  assert.equal(record(dead).health, 'unknown');
});

void test('in maintenance nothing is checked; in drain it is', async (t) => {
  let connections = 0;
  const port = await listening(t, () => void connections++);
  const { board, results } = site(t, poolOf([port], checksOf({ health: quick })));
  const name = { pool: 'app', server: `s${port}` };
  await until('checks', () => results(port) > 1);
  board.change(name, { operator: 'maint' }, 'asked for');
  const before = results(port);
  await pause(60);
  assert.equal(results(port), before);
  board.change(name, { operator: 'drain' }, 'asked for');
  await until('more checks', () => results(port) > before);
  assert.ok(connections > before);
});

void test('a new server is as `init` says until its first check', async (t) => {
  const slow = { ...quick, everyMs: 60_000, fastEveryMs: 60_000 };
  const dead = await deadPort();
  const { record, follow } = site(t, poolOf([], checksOf({ health: { ...slow, init: 'down' } })));
  follow(poolOf([1, dead], checksOf({ health: { ...slow, init: 'down' } })));
  assert.equal(record(dead).health, 'down');
});

void test('an agent says what a server can take, and in maintenance it is asked on if it has said so itself', async (t) => {
  let words = '50%';
  const port = await listening(t, (socket) => void socket.end(`${words}\n`));
  const agent = { port, address: undefined, everyMs: 10, timeoutMs: 1000, send: '' };
  const { record, board } = site(t, poolOf([port], checksOf({ agent })));
  await until('a share', () => record(port).said.share === 0.5);
  words = 'maint 100% # upgrade';
  await until('maintenance', () => record(port).said.operator === 'maint');
  words = 'ready';
  await until('an end of it', () => record(port).said.operator === 'ready');
  words = 'down';
  await until('down', () => record(port).said.health === 'down');
  words = 'nonsense';
  await pause(30);
  assert.equal(record(port).said.health, 'down');
  board.change({ pool: 'app', server: `s${port}` }, { operator: 'maint' }, 'asked for');
  words = 'up';
  await pause(30);
  assert.equal(record(port).said.health, 'down', 'nobody asks');
});

void test('an agent is sent what the config says', async (t) => {
  const port = await listening(t, (socket) => {
    socket.once('data', (chunk) => socket.end(chunk.toString() === 'state\n' ? '25%\n' : '75%\n'));
  });
  const agent = { port, address: undefined, everyMs: 10, timeoutMs: 1000, send: 'state\n' };
  const { record } = site(t, poolOf([port], checksOf({ agent })));
  await until('a share', () => record(port).said.share === 0.25);
});

function answering(t: TestContext, answer: () => string): Promise<number> {
  return listening(t, (socket) => {
    socket.once('data', () => void socket.end(answer()));
  });
}

void test('a load page lowers the weight, and one that is gone takes it back', async (t) => {
  let body = '80\n';
  const port = await answering(t, () => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const load = { path: '/load', header: undefined, address: undefined, port: undefined, everyMs: 10, timeoutMs: 1000 };
  const { record, keeper } = site(t, poolOf([port], checksOf({ load })));
  await until('a share', () => Math.abs(record(port).said.share - 0.2) < 0.01);
  body = '101';
  await until('down', () => record(port).said.health === 'down');
  body = 'none';
  await until('nothing known', () => record(port).said.health === 'unknown' && record(port).said.share === 1);
  const { word } = keeper.statusOf({ pool: 'app', server: `s${port}` });
  assert.deepEqual(word, {
    ok: false,
    why: 'answered 200, but there is no number from 0 to 102 in the first line of it',
  });
});

void test('answers to health checks may carry the load', async (t) => {
  const port = await answering(t, () => 'HTTP/1.1 204 No Content\r\nX-Load: 40\r\n\r\n');
  const http = { kind: 'http', method: 'GET', path: '/', headers: [], host: undefined } as const;
  const how = { ...http, expect: { status: [[200, 299]], body: undefined, headers: [] } } as const;
  const load = {
    path: undefined,
    header: 'x-load',
    address: undefined,
    port: undefined,
    everyMs: 1000,
    timeoutMs: 1000,
  };
  const checks: ChecksPlan = checksOf({ load, health: { ...quick, how } });
  const { record } = site(t, poolOf([port], checks));
  await until('both', () => record(port).health === 'up' && Math.abs(record(port).said.share - 0.6) < 0.01);
});

void test('a script that cannot be run is told of once, and changes nothing', async (t) => {
  const how = { kind: 'script', command: ['/nonexistent/check'] } as const;
  const { record, lines, results } = site(t, poolOf([1], checksOf({ health: { ...quick, how } })));
  await until('several', () => results(1) > 3);
  assert.equal(record(1).health, 'unknown');
  assert.deepEqual(lines, [
    'warn Cannot check s1: the script cannot be run: there is no such program; what is known of it stays',
  ]);
});
