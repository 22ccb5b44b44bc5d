import assert from 'node:assert/strict';
import type net from 'node:net';
import { test } from 'node:test';
import { exchangeOf, HandSource, until, withNet, type Net } from '../fixtures.test.ts';
import { plainRetries, type PoolRetryPlan } from '../retry-plan.ts';
import { ok, poolOf, serve } from './fixtures.test.ts';
import {
  bodyOf,
  closing,
  counts,
  fine,
  poolWith,
  unavailable,
  unresolved,
  whole,
  type Address,
} from './retry/fixtures.test.ts';

interface Broken {
  readonly is: string;
  readonly answer: (socket: net.Socket) => void;
  readonly reason: string;
  readonly on: Partial<PoolRetryPlan>;
}

const broken: readonly Broken[] = [
  { is: 'closes', answer: closing, reason: 'empty-response', on: {} },
  { is: 'resets', answer: (socket) => void socket.resetAndDestroy(), reason: 'empty-response', on: {} },
  {
    is: 'speaks another protocol',
    answer: (socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
    reason: 'junk-response',
    on: { on: ['junk-response'] },
  },
  {
    is: 'dies in a head',
    answer: (socket) => void socket.end('HTTP/1.1 200 OK\r\nConte'),
    reason: 'junk-response',
    on: { on: ['junk-response'] },
  },
  {
    is: 'answers with 503',
    answer: (socket) => void socket.write(unavailable('Retry-After: 120\r\n')),
    reason: 'status',
    on: { statuses: [[502, 504]] },
  },
  {
    is: 'answers with a 503 that has no body',
    answer: (socket) => void socket.write('HTTP/1.1 503 Sorry\r\nContent-Length: 0\r\n\r\n'),
    reason: 'status',
    on: { statuses: [[503, 503]] },
  },
  {
    is: 'answers with a long 503',
    answer: (socket) => void socket.end(`HTTP/1.1 503 Sorry\r\n\r\n${'x'.repeat(50_000)}`),
    reason: 'status',
    on: { statuses: [[503, 503]] },
  },
];

for (const { is, answer, reason, on } of broken) {
  test(`where a server ${is}, another one gets the request, and the client its answer`, async () => {
    await withNet(async (sockets) => {
      const [bad, good] = [await serve(sockets, answer), await serve(sockets, fine)];
      for (const [method, body] of [
        ['GET', undefined],
        ['PUT', 'abc'],
        ['DELETE', undefined],
      ] as const) {
        const world = poolWith([bad, good], on);
        const { text, exchange } = await whole(world, { method, body: body === undefined ? undefined : bodyOf(body) });
        assert.equal(text, 'fine', method);
        assert.deepEqual(counts(exchange), { [reason]: 1 }, method);
        assert.deepEqual([exchange.retries, exchange.server, exchange.retried?.stopped], [1, 'server-1', undefined]);
        world.pool.destroy();
      }
      // What may do harm twice is not sent twice, and what was not asked for is not done.
      for (const [parts, retries, stopped] of [
        [{ method: 'POST' }, on, 'method'],
        [{ method: 'GET' }, { on: ['conn-failure'], statuses: [] }, undefined],
        [{ method: 'GET' }, { ...on, attempts: 0 }, 'attempts'],
      ] as const) {
        const world = poolWith([bad, good], retries);
        const { events, exchange } = await whole(world, parts);
        assert.notEqual(events.at(-1), 'respond 200');
        assert.deepEqual([exchange.retries, exchange.retried?.stopped], [0, stopped]);
        world.pool.destroy();
      }
      const allowed = poolWith([bad, good], { ...on, nonIdempotent: true });
      const { text } = await whole(allowed, { method: 'POST', body: bodyOf('abc', undefined) });
      assert.equal(text, 'fine');
      allowed.pool.destroy();
    });
  });
}

test('when no attempt is left the client gets what the last server said', async () => {
  await withNet(async (sockets) => {
    let asked = 0;
    const bad = await serve(sockets, (socket) => (asked++, void socket.write(unavailable())));
    const world = poolWith([bad, bad], { statuses: [[503, 503]], attempts: 2 });
    const { events, text, exchange } = await whole(world);
    assert.deepEqual([events, text, asked], [['respond 503'], 'sorry', 3]);
    assert.deepEqual([exchange.retries, exchange.retried?.stopped], [2, 'attempts']);
    assert.equal(world.pool.servers[0]!.open + world.pool.servers[1]!.open, 2); // The answers were short: read to their end.
    world.pool.destroy();
  });
});

test('a pool of one server that restarts: connecting is begun anew after pauses', async () => {
  await withNet(async (sockets) => {
    const good = await serve(sockets, fine);
    const refusing = { kind: 'tcp' as const, host: '127.0.0.1', port: 1 };
    const world = poolWith([{ ...refusing }]);
    const { env, pool } = world;
    const { reply, exchange } = world.forward(exchangeOf());
    await until(() => pool.servers[0]!.failuresTotal === 1);
    assert.equal(reply.error, undefined);
    Object.assign(pool.servers[0]!.server.address, { port: (good as { port: number }).port });
    await until(() => (env.pass(100), reply.sink.events.includes('end')));
    assert.deepEqual(counts(exchange), { 'conn-failure': 1 });
    pool.destroy();

    const gone = await whole(poolWith([refusing]));
    assert.deepEqual([gone.events, gone.exchange.retries], [['fail server-refused'], 3]);
    assert.equal(gone.exchange.retried?.stopped, 'attempts');

    const nameless = await whole(poolWith([unresolved]));
    assert.deepEqual([nameless.events, nameless.exchange.retries], [['fail dns-failure'], 0], 'no pause helps');
  });
});

/** A server that is silent for the first request, and answers the others. */
async function slowOnce(sockets: Net): Promise<Address> {
  let asked = 0;
  return serve(sockets, (socket) => void (++asked > 1 && socket.write(ok('fine'))));
}

test('an attempt may wait perTryMs, the last one for what is left of the whole', async () => {
  await withNet(async (sockets) => {
    const silent = await serve(sockets, () => undefined);
    const on: Partial<PoolRetryPlan> = { on: ['response-timeout'], perTryMs: 1000, attempts: 1 };
    const timeouts = { connectMs: 5000, firstByteMs: 10_000, idleMs: 5000 };
    const quick = poolWith([await slowOnce(sockets)], on);
    const first = quick.env.ms;
    const { text, exchange } = await whole(quick);
    assert.equal(text, 'fine');
    assert.ok(quick.env.ms - first >= 1000);
    assert.deepEqual(counts(exchange), { 'response-timeout': 1 });
    quick.pool.destroy();

    const world = poolOf([silent], { timeouts, retries: { ...plainRetries, ...on } });
    const begun = world.env.ms;
    const { events } = await whole(world);
    assert.deepEqual(events, ['fail server-timeout']);
    assert.ok(world.env.ms - begun >= 10_000 && world.env.ms - begun < 11_500, String(world.env.ms - begun));
    world.pool.destroy();

    // A request that may not be sent twice has all the time.
    const post = poolOf([silent], { timeouts, retries: { ...plainRetries, ...on } });
    const start = post.env.ms;
    await whole(post, { method: 'POST' });
    assert.ok(post.env.ms - start >= 10_000);
    assert.equal(post.pool.servers[0]!.exchangesTotal, 1);
    post.pool.destroy();
  });
});

test('a body past its limit, a body that the client holds back, and an upgrade are sent once', async () => {
  await withNet(async (sockets) => {
    const [bad, good] = [await serve(sockets, closing), await serve(sockets, fine)];
    for (const [parts, request, retries, stopped] of [
      [{ method: 'PUT', body: bodyOf('abcdef') }, {}, { bodyBytes: 5 }, 'body'],
      [{ method: 'PUT', body: bodyOf('abcdef', undefined) }, {}, { bodyBytes: 5 }, 'body'],
      [{ method: 'PUT', body: bodyOf('abc'), expectContinue: true }, {}, {}, undefined],
      [{ upgrade: 'websocket', body: new HandSource() }, { upgrade: 'websocket' }, {}, undefined],
    ] as const) {
      const world = poolWith([bad, good], retries);
      const { events, exchange } = await whole(world, parts, request);
      assert.match(events.at(-1)!, /^fail server-/);
      assert.deepEqual([exchange.retries, exchange.retried?.stopped], [0, stopped]);
      world.pool.destroy();
      // But a server that cannot be connected to has had nothing of it.
      parts.body.events.length = 0;
      const other = poolWith([unresolved, good], retries);
      if (!('upgrade' in parts)) assert.equal((await whole(other, parts, request)).text, 'fine');
      other.pool.destroy();
    }
  });
});

test('once the client has heard of an attempt, with a 103, there is no other', async () => {
  await withNet(async (sockets) => {
    const bad = await serve(sockets, (socket) => void socket.end('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'));
    const world = poolWith([bad, await serve(sockets, fine)], { on: ['empty-response', 'junk-response'] });
    const { events, exchange } = await whole(world);
    assert.deepEqual([events, exchange.retries], [['inform 103', 'fail server-closed'], 0]);
    world.pool.destroy();
  });
});
