import assert from 'node:assert/strict';
import type net from 'node:net';
import { test } from 'node:test';
import { ProxyError } from '../../core/errors.ts';
import { Headers } from '../../core/headers.ts';
import type { Exchange } from '../exchange.ts';
import { exchangeOf, HandSource, headersOf, Received, turns, until, withNet } from '../fixtures.test.ts';
import type { PoolPlan, ServerPlan } from '../pool-plan.ts';
import { plainRetries } from '../retry-plan.ts';
import { ok, poolOf, serve, type PoolWorld } from './fixtures.test.ts';
import type { OutgoingRequest } from './outgoing-request.ts';

/** Nobody listens there. */
const dead: ServerPlan['address'] = { kind: 'tcp', host: '127.0.0.1', port: 1 };

const fine = (socket: net.Socket): void => void socket.write(ok('fine'));
/** Servers that cannot be connected to are passed over; that is all. */
const passOver: Partial<PoolPlan> = { retries: { ...plainRetries, attempts: 0, on: ['conn-failure'] } };
const unresolved: ServerPlan['address'] = { kind: 'tcp', host: 'nowhere.test', port: 1 };

/** Runs with a pool, of which nothing is left open. */
async function withPool(pool: PoolWorld, body: () => Promise<void>): Promise<void> {
  await body();
  pool.pool.destroy();
  await until(() => pool.pool.servers.every(({ open }) => open === 0));
  pool.env.pass(100_000);
  assert.deepEqual(pool.env.bugs, []);
}

test('a server that cannot be connected to is passed over, whatever the method and body', async () => {
  await withNet(async (sockets) => {
    const live = await serve(sockets, fine);
    for (const bad of [dead, unresolved, { kind: 'unix' as const, path: '/nonexistent/s' }]) {
      for (const method of ['GET', 'POST', 'PATCH']) {
        const world = poolOf([bad, live]);
        await withPool(world, async () => {
          const body = method === 'GET' ? undefined : new HandSource(3);
          if (body)
            body.during = (event) => event === 'start' && (body.sink!.write(Buffer.from('abc')), body.sink!.end());
          const { reply, exchange } = await world.whole({ method, body });
          assert.equal(reply.sink.bytes.toString(), 'fine');
          assert.equal(exchange.retries, 1);
          assert.equal(exchange.server, 'server-1');
          assert.deepEqual(body?.events ?? ['start'], ['start']);
          assert.deepEqual(
            world.pool.servers.map(({ failuresTotal }) => failuresTotal),
            [1, 0],
          );
        });
      }
    }
  });
});

test('without more attempts each server is tried once; then the client hears what the last one said', async () => {
  const world = poolOf([unresolved, dead, unresolved], passOver);
  await withPool(world, async () => {
    const { reply, exchange } = await world.whole();
    assert.deepEqual(reply.events, ['fail dns-failure']);
    assert.equal(exchange.retries, 2);
    assert.deepEqual(
      world.pool.servers.map(({ exchangesTotal }) => exchangesTotal),
      [1, 1, 1],
    );
  });
});

test('a request that dies on a connection that had been idle is sent once more, where that does no harm', async () => {
  interface Case {
    readonly method: string;
    readonly reused: boolean;
    readonly body?: boolean;
    readonly upgrade?: boolean;
    readonly bound?: boolean;
    readonly dies: 'closed' | 'reset' | 'half a head' | 'junk' | 'after 103';
    readonly again: boolean;
  }
  const cases: readonly Case[] = [
    ...['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'].map((method) => ({
      method,
      reused: true,
      dies: 'closed' as const,
      again: true,
    })),
    ...['POST', 'PATCH', 'MKCOL', 'get'].map((method) => ({
      method,
      reused: true,
      dies: 'closed' as const,
      again: false,
    })),
    { method: 'GET', reused: true, dies: 'reset', again: true },
    { method: 'GET', reused: false, dies: 'closed', again: false },
    { method: 'GET', reused: false, dies: 'reset', again: false },
    { method: 'PUT', reused: true, body: true, dies: 'closed', again: false },
    { method: 'GET', reused: true, body: true, dies: 'reset', again: false },
    { method: 'GET', reused: true, upgrade: true, dies: 'closed', again: true },
    { method: 'GET', reused: true, bound: true, dies: 'closed', again: true },
    { method: 'POST', reused: true, bound: true, dies: 'closed', again: false },
    { method: 'GET', reused: true, dies: 'junk', again: false },
    { method: 'GET', reused: true, dies: 'half a head', again: false },
    { method: 'GET', reused: true, dies: 'after 103', again: false },
  ];
  await withNet(async (sockets) => {
    for (const each of cases) {
      const { method, reused, body, upgrade, bound, dies, again } = each;
      const about = JSON.stringify(each);
      const fatal = reused ? 2 : 1;
      const address = await serve(sockets, (socket, request, connection) => {
        if (connection > 1 || request !== fatal)
          socket.write(ok('fine').slice(0, method === 'HEAD' && request === 2 ? -4 : undefined));
        else if (dies === 'reset') socket.resetAndDestroy();
        else
          socket.end(
            dies === 'closed'
              ? ''
              : { 'half a head': 'HTTP/1.1 2', junk: 'SSH\r\n\r\n', 'after 103': 'HTTP/1.1 103 Hi\r\n\r\n' }[dies],
          );
      });
      const world = poolOf([address, dead], passOver);
      await withPool(world, async () => {
        const shared = exchangeOf();
        const headers = bound ? headersOf(['Authorization', 'NTLM abc']) : new Headers();
        if (reused) await world.whole({ client: shared.client }, { headers });
        await turns();
        const source = new HandSource(body ? 3 : undefined);
        source.during = (event) =>
          event === 'start' && body && (source.sink!.write(Buffer.from('abc')), source.sink!.end());
        const parts = {
          method,
          client: shared.client,
          body: body || upgrade ? source : undefined,
          upgrade: upgrade ? 'websocket' : undefined,
        };
        // The second server is dead: whoever goes on to it by mistake is caught.
        while (world.next() !== world.pool.servers[1]);
        const { reply, exchange } = await world.whole(parts, { headers, upgrade: upgrade ? 'websocket' : undefined });
        assert.equal(reply.response !== undefined, again, `${about} ${reply.events.join()}`);
        assert.equal(exchange.retries, again ? 1 : 0, about);
        assert.equal(exchange.server, 'server-0', about);
      });
    }
  });
});

test('a request is sent again once, over a new connection: another idle one may be as dead', async () => {
  await withNet(async (sockets) => {
    for (const newOnesWork of [true, false]) {
      let connections = 0;
      const address = await serve(sockets, (socket, count, connection) => {
        connections = connection;
        if (count === 1 && (connection <= 3 || newOnesWork)) socket.write(ok('fine'));
        else socket.end();
      });
      const world = poolOf([address], passOver);
      await withPool(world, async () => {
        await Promise.all([world.whole(), world.whole(), world.whole()]);
        await until(() => world.pool.servers[0]!.idleCount === 3);
        const { reply, exchange } = await world.whole();
        assert.equal(exchange.retries, 1);
        assert.equal(reply.events.at(-1), newOnesWork ? 'respond 200' : 'fail server-closed');
        assert.equal(connections, 4);
      });
    }
  });
});

test('abort() at any moment means that nothing is called on the reply any more, and nothing stays open', async () => {
  await withNet(async (sockets) => {
    const silent = await serve(sockets, () => undefined);
    const half = await serve(sockets, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
    const error = new ProxyError('client-abort', 'Cannot');
    for (const [when, address] of [
      ['at once', silent],
      ['connected', silent],
      ['answered', half],
    ] as const) {
      const world = poolOf([address, dead]);
      const { reply, work } = world.forward(exchangeOf());
      const [server] = world.pool.servers;
      if (when === 'connected') await until(() => server!.open === 1);
      if (when === 'answered') await until(() => reply.sink.bytes.length === 3);
      const events = reply.events.length;
      work.abort(error);
      work.abort(error);
      await until(() => world.pool.servers.every(({ open }) => open === 0));
      await turns();
      world.env.pass(100_000);
      assert.equal(reply.events.length, events, when);
      assert.ok(!reply.sink.events.some((event) => event.startsWith('abort')), when);
    }
  });
});

test('what is sent is our own framing, by method, body and what the client can take', async () => {
  const cases: readonly (readonly [Partial<Exchange>, Partial<OutgoingRequest>, readonly string[]])[] = [
    [{}, {}, []],
    [{ method: 'POST' }, {}, ['Content-Length: 0']],
    [{ method: 'DELETE' }, {}, []],
    [{ method: 'POST', body: new HandSource(3) }, {}, ['Content-Length: 3']],
    [{ method: 'POST', body: new HandSource() }, {}, ['Transfer-Encoding: chunked']],
    [
      { method: 'POST', body: new HandSource(3), expectContinue: true },
      {},
      ['Content-Length: 3', 'Expect: 100-continue'],
    ],
    [{ acceptsTrailers: true }, {}, ['TE: trailers', 'Connection: TE']],
    [
      { upgrade: 'websocket', body: new HandSource() },
      { upgrade: 'websocket' },
      ['Connection: Upgrade', 'Upgrade: websocket'],
    ],
    [{ upgrade: 'other', body: new HandSource() }, {}, []],
    [{}, { headers: headersOf(['X-A', '1']) }, ['X-A: 1']],
  ];
  await withNet(async (sockets) => {
    const place = await sockets.listen();
    for (const [exchange, request, lines] of cases) {
      const world = poolOf([place.address]);
      const before = place.accepted.length;
      const { work } = world.forward(exchangeOf(exchange), request);
      await until(() => place.accepted.length > before);
      const got = new Received(place.accepted[before]!);
      (exchange.body as HandSource | undefined)?.sink?.flush();
      await got.until('\r\n\r\n');
      const [start, host, ...rest] = got.text.split('\r\n\r\n')[0]!.split('\r\n');
      assert.equal(start, `${exchange.method ?? 'GET'} /x HTTP/1.1`);
      assert.equal(host, 'Host: a.test');
      assert.deepEqual(rest, lines);
      work.abort(new ProxyError('client-abort', 'Cannot'));
    }
  });
});

test("without a host the server's own is sent; a pool without servers answers no-server", async () => {
  await withNet(async (sockets) => {
    const place = await sockets.listen();
    const world = poolOf([place.address]);
    world.forward(exchangeOf(), { host: undefined });
    await until(() => place.accepted.length === 1);
    await new Received(place.accepted[0]!).until('Host: server-0.test\r\n');
    world.pool.destroy();
    const none = poolOf([]);
    assert.deepEqual((await none.whole()).reply.events, ['fail no-server']);
  });
});
