import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameBytes } from '../../../../test/h2/raw/frames.ts';
import { RawH2ServerConnection } from '../../../../test/h2/raw/raw-h2-server.ts';
import type { PeerOptions } from '../../../../test/h2/raw/raw-h2-peer.ts';
import { poolPlan, TestEnv, turns, until, withNet } from '../../fixtures.test.ts';
import { plainProtocol, type PoolPlan } from '../../pool-plan.ts';
import { dial, type DialedSocket } from '../dial.ts';
import { request, TestUser } from '../fixtures.test.ts';
import { Http2ServerConnection, type SharedKeeper } from './http2-server-connection.ts';

interface World {
  readonly env: TestEnv;
  readonly connection: Http2ServerConnection;
  readonly server: RawH2ServerConnection;
  readonly keeper: SharedKeeper & { readonly goneOnes: Http2ServerConnection[]; keeps: boolean };
  /** A request that is on its way. */
  ask(): TestUser;
}

/** A connection whose server is the test, and whose time goes by as that says. */
async function withConnection(
  body: (world: World) => Promise<void>,
  more: Partial<PoolPlan> = {},
  options: PeerOptions = {},
): Promise<void> {
  await withNet(async (net) => {
    const env = new TestEnv();
    const { address, accepted } = await net.listen('tcp', () => undefined);
    const keeper = {
      plan: poolPlan([address], more),
      goneOnes: [] as Http2ServerConnection[],
      keeps: true,
      rests: () => keeper.keeps,
      roomChanged: () => undefined,
      gone: (one: Http2ServerConnection) => void keeper.goneOnes.push(one),
    };
    const { port } = address as { port: number };
    const to = { kind: 'tcp', addresses: ['127.0.0.1'], port } as const;
    const target = { address: to, sourceAddress: undefined, timeoutMs: 5000, buffer: env.serverReadBuffer };
    let connection: Http2ServerConnection | undefined;
    dial(target, (result) => {
      net.keep((result as DialedSocket).socket);
      connection = new Http2ServerConnection(result as DialedSocket, keeper, env);
    });
    await until(() => connection !== undefined && accepted.length === 1);
    const server = new RawH2ServerConnection(accepted[0]!, options);
    server.socket.resume();
    const ask = (): TestUser => {
      const user = new TestUser();
      connection!.stream().begin(user, request({ firstByteMs: 1_000_000_000, idleMs: 1_000_000_000 }));
      return user;
    };
    await body({ env, connection: connection!, server, keeper, ask });
    connection!.destroy();
    await server.closed();
    env.pass(2000);
    assert.deepEqual(env.bugs, []);
  });
}

test('a silent server is asked by PING, but only while streams are open', async () => {
  const protocol = { ...plainProtocol, pingAfterMs: 2000, pingTimeoutMs: 1000 };
  const pings = (server: RawH2ServerConnection): number =>
    server.frames.filter(({ type, flags }) => type === 6 && flags === 0).length;
  await withConnection(
    async ({ env, server, ask }) => {
      server.settings();
      await server.expect('Settings', { flags: 1 });
      env.pass(4000);
      ask();
      await server.stream(0);
      assert.equal(pings(server), 0); // Nobody waited for anything.
      env.pass(2200);
      await until(() => pings(server) === 1);
    },
    { protocol },
  );
});

test('a server that only ever answers PINGs is asked about every five minutes, as gRPC takes more for a flood', async () => {
  const protocol = { ...plainProtocol, pingAfterMs: 2000, pingTimeoutMs: 5000 };
  await withConnection(
    async ({ env, server, ask }) => {
      server.settings();
      await server.expect('Settings', { flags: 1 });
      const user = ask();
      await server.stream(0);
      env.pass(2200);
      await server.expect('Ping', { flags: 0 });
      const before = env.ms;
      while (server.find('Ping', { flags: 0 }) === undefined && env.ms - before < 400_000) {
        env.pass(500);
        // oxlint-disable-next-line no-await-in-loop -- its answer is on its way
        await turns(20);
      }
      assert.ok(env.ms - before > 300_000, `${env.ms - before} ms`);
      assert.deepEqual(user.events, []);
    },
    { protocol },
  );
});

test('no SETTINGS in time, and no answer to a PING, end the connection', async () => {
  await withConnection(
    async ({ env, ask, keeper, connection, server }) => {
      const user = ask();
      await server.stream(0);
      env.pass(5300);
      assert.deepEqual(user.events, ['failed server-junk']);
      assert.deepEqual(keeper.goneOnes, [connection]);
    },
    { timeouts: { connectMs: 5000, firstByteMs: 60_000, idleMs: 60_000 } },
  );
  await withConnection(
    async ({ env, ask, keeper, connection, server }) => {
      server.settings();
      await server.expect('Settings', { flags: 1 });
      const users = [ask(), ask()];
      await server.stream(1);
      env.pass(2200);
      await server.expect('Ping', { flags: 0 });
      env.pass(1200);
      for (const user of users) assert.deepEqual(user.events, ['failed server-timeout']);
      assert.deepEqual(keeper.goneOnes, [connection]);
    },
    { protocol: { ...plainProtocol, pingAfterMs: 2000, pingTimeoutMs: 1000 } },
    { polite: false },
  );
});

test('a connection that is not to be kept closes with its last stream, with a word', async () => {
  await withConnection(async ({ server, ask, keeper, connection }) => {
    server.settings();
    keeper.keeps = false;
    const users = [ask(), ask()];
    server.answer(await server.stream(0), 'a');
    await until(() => users[0]!.events.includes('released'));
    assert.deepEqual(keeper.goneOnes, []);
    server.answer(await server.stream(1), 'b');
    await server.expect('Goaway', { code: 'NO_ERROR' });
    await server.closed();
    assert.deepEqual(keeper.goneOnes, [connection]);
    assert.equal(connection.room, 0);
  });
});

test('a server may say its first words a byte at a time', async () => {
  const script = async ({ server, ask }: World): Promise<void> => {
    for (const byte of frameBytes('Settings', 0, 0)) {
      server.send(Buffer.of(byte));
      // oxlint-disable-next-line no-await-in-loop -- each is read by itself
      await turns();
    }
    const user = ask();
    server.answer(await server.stream(0), 'ok');
    await until(() => user.events.length > 0);
    assert.match(user.events[0]!, /200/);
  };
  await withConnection(script, {}, { polite: false }); // An ACK would come between the bytes.
});

test('a server that sends nothing but a FIN, or resets, is told apart from one that has begun', async () => {
  for (const end of ['end', 'destroy'] as const) {
    const script = async ({ server, ask }: World): Promise<void> => {
      const user = ask();
      await server.stream(0);
      server[end]();
      await until(() => user.events.length > 0);
      assert.deepEqual(user.events, [end === 'end' ? 'failed server-closed' : 'failed server-reset']);
    };
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await withConnection(script, {}, { polite: false });
  }
});
