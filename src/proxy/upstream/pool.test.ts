import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picker } from '../picker.ts';
import { exchangeOf, poolPlan, TestEnv, until, withNet } from '../fixtures.test.ts';
import { createPicker, ok, poolOf, serve } from './fixtures.test.ts';
import { Pool } from './pool.ts';
import type { Server } from './server.ts';

test('pick() asks the picker while there is a server that was not tried, and not beyond', () => {
  let asked = 0;
  const picker: Picker<Server> = {
    pick: (_, usable, tried) => {
      asked++;
      return usable.find((server) => !tried?.has(server))!;
    },
  };
  const pool = new Pool(
    poolPlan([
      { kind: 'unix', path: '/a' },
      { kind: 'unix', path: '/b' },
    ]),
    picker,
    new TestEnv(),
  );
  const [a, b] = pool.servers;
  assert.equal(pool.pick(exchangeOf(), undefined), a);
  assert.equal(pool.pick(exchangeOf(), new Set([a!])), b);
  assert.equal(pool.pick(exchangeOf(), new Set([a!, b!])), undefined);
  assert.equal(asked, 2);
});

test('a pool without servers never asks its picker', () => {
  const never: Picker<Server> = {
    pick: () => {
      throw new Error('asked');
    },
  };
  const pool = new Pool(poolPlan([]), never, new TestEnv());
  assert.equal(pool.pick(exchangeOf(), undefined), undefined);
});

test('setAddresses() reaches each server of that name, and no other', () => {
  const named = (host: string): { kind: 'tcp'; host: string; port: number } => ({ kind: 'tcp', host, port: 80 });
  const places = [
    named('a.test'),
    named('b.test'),
    { ...named('a.test'), port: 81 },
    { kind: 'unix' as const, path: '/a.test' },
    named('10.0.0.1'),
  ];
  const pool = new Pool(poolPlan(places), createPicker(), new TestEnv());
  pool.setAddresses('a.test', ['192.0.2.1', '2001:db8::1']);
  pool.setAddresses('c.test', ['192.0.2.9']);
  assert.deepEqual(
    pool.servers.map(({ addresses }) => addresses),
    [['192.0.2.1', '2001:db8::1'], [], ['192.0.2.1', '2001:db8::1'], [], ['10.0.0.1']],
  );
});

test('retire() lets exchanges in flight end, then nothing is open', async () => {
  await withNet(async (sockets) => {
    let answer: (() => void) | undefined;
    const address = await serve(sockets, (socket, request) => {
      if (request === 1) socket.write(ok('first'));
      else answer = () => void socket.write(ok('second'));
    });
    const world = poolOf([address]);
    await world.whole();
    const second = world.whole();
    await until(() => answer !== undefined);
    world.pool.retire();
    answer!();
    assert.equal((await second).reply.sink.bytes.toString(), 'second');
    await until(() => world.pool.servers[0]!.open === 0);
  });
});
