import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../../core/errors.ts';
import {
  exchangeOf,
  HandSource,
  poolPlan,
  Received,
  TestEnv,
  turns,
  until,
  withNet,
  type Net,
  type Place,
} from '../fixtures.test.ts';
import { plainProtocol, type IdleConnectionLimits, type PoolPlan } from '../pool-plan.ts';
import type { Carrier } from './connection-user.ts';
import { ok, plainWish, request, serverParts, TestUser } from './fixtures.test.ts';
import type { ServerConnection } from './server-connection.ts';
import { Server } from './server.ts';

interface World {
  readonly env: TestEnv;
  readonly server: Server;
  readonly place: Place;
  open(): Promise<ServerConnection>;
  /** A request goes and comes on it. */
  use(connection: ServerConnection): Promise<void>;
}

async function setUp(net: Net, idle: Partial<IdleConnectionLimits> = {}): Promise<World> {
  const env = new TestEnv();
  const place = await net.listen('tcp', (socket) => {
    socket.on('data', () => socket.write(ok('x')));
    socket.on('end', () => socket.end());
    socket.resume();
  });
  const idleConnections = { max: 4, idleMs: 5000, maxAgeMs: 60_000, maxRequests: 0, ...idle };
  const plan = poolPlan([place.address], { idleConnections });
  const server = new Server(serverParts(plan), env);
  const open = async (): Promise<ServerConnection> => {
    let result: Carrier | ProxyError | undefined;
    server.connect(plainWish, (each) => (result = each));
    await until(() => result !== undefined);
    return result as ServerConnection;
  };
  const use = async (connection: ServerConnection): Promise<void> => {
    const user = new TestUser();
    connection.begin(user, request());
    await until(() => user.events.includes('released'));
  };
  return { env, server, place, open, use };
}

async function withServer(
  body: (world: World) => Promise<void>,
  idle: Partial<IdleConnectionLimits> = {},
): Promise<void> {
  await withNet(async (net) => {
    const world = await setUp(net, idle);
    await body(world);
    world.server.destroy();
    await until(() => world.server.open === 0);
    world.env.pass(100_000);
    assert.deepEqual(world.env.bugs, []);
  });
}

test('idle connections are used last in, first out', async () => {
  await withServer(async ({ server, open, use, env }) => {
    const [a, b] = [await open(), await open()];
    await use(a);
    await use(b);
    assert.equal(server.idleCount, 2);
    assert.equal(server.takeIdle(env.clock.now()), b);
    assert.equal(server.takeIdle(env.clock.now()), a);
    assert.equal(server.takeIdle(env.clock.now()), undefined);
    assert.equal(server.open, 2);
  });
});

test('no more than max are kept; with 0 none', async () => {
  for (const max of [2, 0]) {
    await withServer(
      async ({ server, open, use }) => {
        const all = [await open(), await open(), await open(), await open()];
        for (const each of all) await use(each);
        assert.equal(server.idleCount, max);
        await until(() => server.open === max);
      },
      { max },
    );
  }
});

test('a connection carries maxRequests requests and is closed', async () => {
  await withServer(
    async ({ server, open, use, env }) => {
      const connection = await open();
      for (let i = 1; i <= 3; i++) {
        assert.ok(i === 1 || server.takeIdle(env.clock.now()) === connection);
        await use(connection);
      }
      assert.equal(server.idleCount, 0);
      await until(() => server.open === 0);
    },
    { maxRequests: 3 },
  );
});

test('one that is too old is closed instead of used, and the next one is tried', async () => {
  await withServer(
    async ({ server, open, use, env }) => {
      const young = async (): Promise<ServerConnection> => open();
      const old = await open();
      env.pass(8000);
      const fresh = await young();
      await use(fresh);
      await use(old);
      env.pass(2500);
      assert.equal(server.takeIdle(env.clock.now()), fresh);
      await until(() => server.open === 1);
    },
    { maxAgeMs: 10_000 },
  );
});

test('what has not been used for idleMs is closed', async () => {
  await withServer(async ({ server, open, use, env }) => {
    await use(await open());
    env.pass(4900);
    assert.equal(server.idleCount, 1);
    env.pass(400);
    assert.equal(server.idleCount, 0);
    await until(() => server.open === 0);
  });
});

test('an idle connection that is closed is not given out any more, from that moment on', async () => {
  await withServer(async ({ server, open, use, env, place }) => {
    const connection = await open();
    await use(connection);
    connection.destroy();
    assert.equal(server.takeIdle(env.clock.now()), undefined);
    const other = await open();
    await use(other);
    place.accepted.at(-1)!.end();
    await until(() => server.idleCount === 0);
    await until(() => server.open === 0);
  });
});

test('retire() closes what is idle now and the others when they become idle', async () => {
  await withServer(async ({ server, open, use }) => {
    const [a, b] = [await open(), await open()];
    await use(a);
    server.retire();
    assert.equal(server.idleCount, 0);
    await use(b);
    assert.equal(server.idleCount, 0);
    await until(() => server.open === 0);
  });
});

test('a bound connection is never idle for others, however it becomes free', async () => {
  await withServer(async ({ server, open, use, env }) => {
    const connection = await open();
    connection.bound = true;
    await use(connection);
    await turns();
    assert.equal(server.idleCount, 0);
    assert.equal(server.takeIdle(env.clock.now()), undefined);
    assert.equal(connection.usable, true);
    await use(connection);
    assert.equal(connection.requests, 2);
  });
});

test('destroy() closes all, whatever they do, and gives no failure to their users', async () => {
  await withNet(async (net) => {
    const env = new TestEnv();
    const place = await net.listen();
    const plan = poolPlan([place.address]);
    const server = new Server(serverParts(plan), env);
    const users: TestUser[] = [];
    for (let i = 0; i < 5; i++) {
      server.connect(plainWish, (connection) => {
        const user = new TestUser();
        users.push(user);
        (connection as ServerConnection).begin(user, request());
      });
    }
    await until(() => users.length === 5 && place.accepted.length === 5);
    const got = place.accepted.map((socket) => new Received(socket));
    server.destroy();
    await until(() => server.open === 0 && got.every(({ closed, ended }) => closed || ended));
    assert.deepEqual(
      users.flatMap(({ events }) => events),
      [],
    );
  });
});

test('an address that is no IP is not resolved until its addresses come', async () => {
  const env = new TestEnv();
  const named = poolPlan([{ kind: 'tcp', host: 'name.test', port: 1 }]);
  const server = new Server(serverParts(named), env);
  assert.equal(server.resolved, false);
  server.addresses = ['127.0.0.1'];
  assert.equal(server.resolved, true);
  server.addresses = [];
  assert.equal(server.resolved, false);
  const unix = poolPlan([{ kind: 'unix', path: '/x' }]);
  assert.equal(new Server(serverParts(unix), env).resolved, true);
  const ip = poolPlan([{ kind: 'tcp', host: '::1', port: 1 }]);
  assert.deepEqual(new Server(serverParts(ip), env).addresses, ['::1']);
});

test('the time to the first byte counts for requests without a body, and a failure as a second', async () => {
  await withNet(async (sockets) => {
    const { server } = await setUp(sockets);
    const timings = { started: 0, headRead: 0, queuedMs: 0, connected: 1000, firstByte: 1030, ended: 0 };
    server.answered(exchangeOf({ timings, body: new HandSource(1) }), 200);
    assert.equal(server.latency.known, false);
    server.answered(exchangeOf({ timings }), 200);
    assert.equal(server.latency.at(1030), 30);
    server.failed(1031, undefined);
    assert.deepEqual([server.latency.at(1031), server.failuresTotal], [1000, 1]);
  });
});

test('fits() keeps connections through what they do not depend on, and not where they would speak otherwise', async () => {
  await withServer(async ({ server }) => {
    const { plan, row } = server;
    const like = (more: Partial<PoolPlan>): boolean =>
      server.fits({ plan: { ...plan, ...more }, server: server.server, row });
    assert.ok(like({ timeouts: { ...plan.timeouts, firstByteMs: 1 } }));
    assert.ok(!like({ protocol: { ...plainProtocol, version: 'http2' } }));
    assert.ok(!like({ protocol: { ...plainProtocol, maxStreams: 3 } }));
    assert.ok(!like({ lenient: true }));
  });
});

test('connect() tells a pool of HTTP/2 alone that it has nothing for what needs HTTP/1', async () => {
  await withNet(async (net) => {
    const env = new TestEnv();
    const place = await net.listen('tcp', () => undefined);
    const plan = poolPlan([place.address], { protocol: { ...plainProtocol, version: 'http2' } });
    const server = new Server(serverParts(plan), env);
    const results: (Carrier | ProxyError)[] = [];
    server.connect({ ...plainWish, http1: true }, (each) => results.push(each));
    assert.equal(results.length, 0); // Not at once.
    await until(() => results.length > 0);
    const [result] = results;
    assert.equal(result instanceof ProxyError && result.code, 'server-upgrade-failed');
    assert.equal(server.connections, 0);
  });
});

test('who throws when a connection comes is told of as a bug, and the connection is closed', async () => {
  await withNet(async (net) => {
    const { env, server, place } = await setUp(net);
    const error = new TypeError('it is our fault');
    server.dial(1000, ['http/1.1'], () => {
      throw error;
    });
    await until(() => place.accepted[0]?.readableEnded === true);
    assert.deepEqual(env.bugs, [error]);
    server.destroy();
  });
});
