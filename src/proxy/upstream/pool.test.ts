import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../../core/errors.ts';
import { Trace } from '../../core/trace.ts';
import type { Picker } from '../picker.ts';
import { exchangeOf, poolPlan, TestEnv, until, withNet } from '../fixtures.test.ts';
import type { PlaceTaker } from './queue/waiter.ts';
import { createPicker, ok, poolOf, poolParts, serve } from './fixtures.test.ts';
import { Pool } from './pool.ts';
import type { Server } from './server.ts';

/** Nobody who waits. */
function takerOf(): PlaceTaker<Server> {
  return { exchange: exchangeOf(), placed: () => assert.fail('placed'), refused: () => assert.fail('refused') };
}

test('place() asks the picker while there is a server that was not tried, and not beyond', () => {
  let asked = 0;
  const picker: Picker<Server> = {
    pick: (_, usable, tried) => {
      asked++;
      return usable.find((server) => !tried?.has(server))!;
    },
  };
  const pool = new Pool(
    poolParts(
      poolPlan([
        { kind: 'unix', path: '/a' },
        { kind: 'unix', path: '/b' },
      ]),
      picker,
    ),
    new TestEnv(),
  );
  const [a, b] = pool.servers;
  assert.equal(pool.place(takerOf()), a);
  assert.equal(pool.place(takerOf(), { tried: new Set([a!]), only: undefined }), b);
  assert.equal(pool.place(takerOf(), { tried: new Set([a!, b!]), only: undefined }), undefined);
  assert.equal(asked, 2);
});

test('a pool without servers never asks its picker', () => {
  const never: Picker<Server> = {
    pick: () => {
      throw new Error('asked');
    },
  };
  const pool = new Pool(poolParts(poolPlan([]), never), new TestEnv());
  const none = pool.place(takerOf());
  assert.ok(none instanceof ProxyError && none.code === 'no-server');
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
  const pool = new Pool(poolParts(poolPlan(places), createPicker()), new TestEnv());
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

test('what is dry takes no place and does not wait: its trace says what would become of it', () => {
  const plan = poolPlan([{ kind: 'unix', path: '/a' }], {
    capacity: { maxRequests: 1, queue: { max: 2, timeoutMs: 3000 } },
  });
  const pool = new Pool(poolParts(plan, createPicker()), new TestEnv());
  const shown = (): string => {
    const trace = new Trace();
    const exchange = exchangeOf({ dry: true, trace });
    assert.equal(pool.place({ ...takerOf(), exchange }), pool.servers[0]);
    return trace.notes.map(({ what }) => what).join();
  };
  assert.equal(shown(), '');
  assert.equal(pool.place(takerOf()), pool.servers[0]);
  assert.match(shown(), /all servers are full: it would wait behind 0 others, for 3000 ms at most/);
  for (const _ of [1, 2]) pool.place(takerOf());
  assert.match(shown(), /all servers are full, and 2 wait: it would be refused/);
  assert.equal(pool.waiting, 2);
});
