import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../../core/errors.ts';
import { exchangeOf, HandSource, turns, until, withNet } from '../fixtures.test.ts';
import { ok, serve } from './fixtures.test.ts';
import { bodyOf, closing, counts, fine, poolWith, unavailable } from './retry/fixtures.test.ts';

test('over the budget a request waits for a place, and an answer that it has goes on if none comes', async () => {
  await withNet(async (sockets) => {
    const [bad, good] = [
      await serve(sockets, (socket) => void socket.write(unavailable())),
      await serve(sockets, fine),
    ];
    for (const freed of [true, false]) {
      const world = poolWith([bad, good], { statuses: [[503, 503]], budget: { percent: 0, min: 1, waitMs: 1000 } });
      const { env, pool } = world;
      assert.ok(pool.retryBudget.take());
      const { reply, exchange } = world.forward(exchangeOf());
      await until(() => pool.servers[0]!.open === 1);
      await turns();
      assert.deepEqual(reply.events, []);
      if (freed) pool.retryBudget.give();
      else env.pass(1300);
      await until(() => reply.sink.events.includes('end'));
      assert.equal(reply.sink.bytes.toString(), freed ? 'fine' : 'sorry');
      assert.equal(exchange.retried?.stopped, freed ? undefined : 'budget');
      if (!freed) pool.retryBudget.give();
      assert.ok(pool.retryBudget.take()); // Whatever was taken is back.
      assert.ok(!pool.retryBudget.take());
      pool.destroy();
    }
  });
});

test('a body that is on its way when a server dies begins anew at the next one, and goes on with what comes', async () => {
  await withNet(async (sockets) => {
    let got = '';
    const good = await sockets.listen('tcp', (socket) => {
      socket.on('data', (chunk: Buffer) => {
        got += chunk.toString('latin1');
        if (got.includes('xyz')) socket.write(ok('fine'));
      });
      socket.resume();
    });
    const bad = await sockets.listen('tcp', (socket) => {
      socket.on('data', () => socket.resetAndDestroy());
      socket.resume();
    });
    const body = new HandSource(6);
    body.during = (event) => event === 'start' && (body.sink!.write(Buffer.from('abc')), body.sink!.flush());
    const world = poolWith([bad.address, good.address]);
    const { reply, exchange } = world.forward(exchangeOf({ method: 'PUT', body }));
    await until(() => got.includes('abc'));
    body.sink!.write(Buffer.from('xyz'));
    body.sink!.end();
    await until(() => reply.sink.events.includes('end'));
    assert.match(got, /\r\n\r\nabcxyz$/);
    assert.deepEqual(counts(exchange), { 'empty-response': 1 });
    assert.equal(world.env.replayMemory.used, 0);
    world.pool.destroy();
  });
});

test('abort() while an attempt waits ends all: nothing is said, sent, held or kept', async () => {
  await withNet(async (sockets) => {
    const bad = await serve(sockets, closing);
    const sorry = await serve(sockets, (socket) => void socket.write(unavailable()));
    const error = new ProxyError('client-abort', 'Cannot');
    for (const [servers, retries] of [
      [[{ kind: 'tcp', host: '127.0.0.1', port: 1 }], {}],
      [[bad], {}],
      [[bad, bad], { budget: { percent: 0, min: 0, waitMs: 1000 } }],
      [[sorry, sorry], { statuses: [[503, 503]], budget: { percent: 0, min: 0, waitMs: 1000 } }],
    ] as const) {
      const world = poolWith(servers, retries);
      const { env, pool } = world;
      const body = bodyOf('abc');
      const { reply, work, exchange } = world.forward(exchangeOf({ method: 'PUT', body }));
      await until(() => pool.servers.some(({ failuresTotal, open }) => failuresTotal > 0 || open > 0));
      await turns();
      work.abort(error);
      env.pass(10_000);
      await turns();
      assert.deepEqual([reply.events, exchange.retries], [[], 0]);
      assert.ok(pool.servers.every(({ open, active }) => open === 0 && active === 0));
      assert.deepEqual([env.replayMemory.used, env.bugs], [0, []]);
      assert.ok(!pool.retryBudget.take() || retries === undefined || !('budget' in retries));
      pool.destroy();
    }
  });
});

test('a body whose client breaks off in the middle of an attempt ends all', async () => {
  await withNet(async (sockets) => {
    const silent = await serve(sockets, () => undefined);
    const body = new HandSource(6);
    body.during = (event) => event === 'start' && body.sink!.write(Buffer.from('abc'));
    const world = poolWith([silent, silent]);
    const { reply, exchange } = world.forward(exchangeOf({ method: 'PUT', body }));
    await until(() => world.pool.servers[0]!.open === 1);
    body.sink!.abort(new ProxyError('body-timeout', 'Cannot'));
    await until(() => reply.error !== undefined);
    assert.deepEqual([reply.events, exchange.retries], [['fail body-timeout'], 0]);
    world.pool.destroy();
  });
});
