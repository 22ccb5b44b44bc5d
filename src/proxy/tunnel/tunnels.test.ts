import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../../core/errors.ts';
import { allocatePiece, SharedRow } from '../../core/shared/shared-rows.ts';
import { headersOf } from '../fixtures.test.ts';
import { freshState, writeState, type OperatorState } from '../server-state.ts';
import { plainServer } from '../pool-plan.ts';
import { TunnelField } from '../tunnel-rows.ts';
import { Sides, TunnelWorld } from './fixtures.test.ts';

const two = { idleMs: undefined, maxLifeMs: 0, max: 2 };

function rowOf(): SharedRow {
  return new SharedRow({ places: 1, pieces: [allocatePiece(1)] }, 0, 0);
}

function say(world: TunnelWorld, operator: OperatorState): void {
  const plan = { ...plainServer, name: 'one', address: { kind: 'unix', path: '/x' } as const, hostHeader: 'x' };
  writeState(world.serverRow, { ...freshState(plan), operator });
}

test('a route has as many tunnels as it may, asked for or open, and each end gives one back', () => {
  const world = new TunnelWorld();
  const row = rowOf();
  const given = { tunnelPlan: two, row };
  const first = new Sides(world, given).open();
  const second = new Sides(world, given);
  assert.throws(() => new Sides(world, given), { code: 'too-many-tunnels', status: 503 });
  const plain = { status: 404, reason: '', headers: headersOf(), body: undefined, announcedLength: undefined };
  second.tunnel.respond(plain);
  assert.equal(row.get(TunnelField.open), 1, 'an answer that is no 101');
  const third = new Sides(world, given);
  third.tunnel.fail(new ProxyError('server-refused', 'Cannot connect'));
  assert.equal(row.get(TunnelField.open), 1, 'no answer at all');
  first.tunnel.over();
  first.tunnel.over();
  second.tunnel.over();
  assert.equal(row.get(TunnelField.open), 0, 'the end of the exchange, told twice');
});

test('a tunnel whose client has gone before the 101 is none', () => {
  const world = new TunnelWorld();
  const row = rowOf();
  const sides = new Sides(world, { tunnelPlan: two, row });
  sides.tunnel.over();
  sides.open();
  assert.equal(world.tunnels.size, 0);
  assert.equal(row.get(TunnelField.open), 0);
});

test('drain() tells WebSockets one after the other, over a third of the grace; others are left alone', () => {
  const world = new TunnelWorld();
  const sockets = Array.from({ length: 900 }, () => new Sides(world).open());
  const other = new Sides(world, { upgrade: 'other' }).open();
  const told = (): number => sockets.filter(({ exchange }) => exchange.reason === 'tunnel-drained').length;
  world.tunnels.drain(9000);
  world.pass(1500);
  assert.ok(told() >= 400 && told() <= 500, `${told()} after half the time`);
  world.pass(1700);
  assert.equal(told(), 900);
  assert.equal(other.exchange.reason, undefined);
});

test('what becomes a tunnel while the thread drains is told as well', () => {
  const world = new TunnelWorld();
  world.tunnels.drain(3000);
  world.pass(2000);
  const late = new Sides(world).open();
  world.pass(300);
  assert.equal(late.exchange.reason, 'tunnel-drained');
});

test('a server that drains loses the WebSockets that it has, and keeps those that come after; in maintenance it loses all', () => {
  const world = new TunnelWorld();
  const reasons = (sides: readonly Sides[]): unknown[] => sides.map(({ exchange }) => exchange.reason);
  const before = [new Sides(world).open(), new Sides(world).open()];
  say(world, 'drain');
  world.pass(4500);
  assert.deepEqual(reasons(before), ['tunnel-drained', 'tunnel-drained']);
  const after = [new Sides(world).open()];
  world.pass(5000);
  assert.deepEqual(reasons(after), [undefined]);
  say(world, 'maint');
  world.pass(4500);
  assert.deepEqual(reasons(after), ['tunnel-drained']);
});

test('a server that its pool has no more loses its WebSockets; those of others, and a pool that is the same, do not', () => {
  const world = new TunnelWorld();
  world.tunnels.follow(world.pools('one', 'two'));
  const one = new Sides(world).open();
  const other = new Sides(world, { server: 'two' }).open();
  world.tunnels.follow(world.pools('two', 'three'));
  world.pass(3500);
  assert.deepEqual([one.exchange.reason, other.exchange.reason], ['tunnel-drained', undefined]);
  world.tunnels.follow(new Map());
  world.pass(300);
  assert.equal(other.exchange.reason, 'tunnel-drained');
});

test('nothing is looked at, and nothing kept, when there are no tunnels', () => {
  const world = new TunnelWorld();
  const sides = new Sides(world).open();
  sides.tunnel.over();
  world.pass(60_000);
  assert.equal(world.env.wheel.size, 0);
});

test('drain() is quick where there are few', () => {
  const world = new TunnelWorld();
  const sockets = Array.from({ length: 5 }, () => new Sides(world).open());
  world.tunnels.drain(30_000);
  world.pass(300);
  assert.ok(sockets.every(({ exchange }) => exchange.reason === 'tunnel-drained'));
});

test('what becomes a tunnel when its server has just been taken out is told as well', () => {
  const world = new TunnelWorld();
  const early = new Sides(world).open();
  const late = new Sides(world);
  world.tunnels.follow(world.pools('two'));
  late.open();
  world.pass(300);
  assert.deepEqual([early.exchange.reason, late.exchange.reason], ['tunnel-drained', 'tunnel-drained']);
});
