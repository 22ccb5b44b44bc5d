import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Headers } from '../../core/headers.ts';
import { clientOf, exchangeOf, headersOf, turns, until, withNet, type Net } from '../fixtures.test.ts';
import { ok, poolOf, serve, type PoolWorld } from './fixtures.test.ts';

const ntlm = (): Headers => headersOf(['Authorization', 'NTLM abc']);

/** A pool of one server that answers with the number of the connection. */
async function numbered(sockets: Net): Promise<PoolWorld> {
  return poolOf([await serve(sockets, (socket, _, connection) => void socket.write(ok(String(connection))))]);
}

/** The number of the connection that such a request goes over. */
async function via(world: PoolWorld, client: ReturnType<typeof clientOf>, headers?: Headers): Promise<string> {
  const { reply } = await world.whole({ client }, headers ? { headers } : {});
  assert.equal(reply.error, undefined);
  await turns(4);
  return reply.sink.bytes.toString();
}

test('once a client has sent such credentials, its requests and nobody else use its connection', async () => {
  await withNet(async (sockets) => {
    const world = await numbered(sockets);
    const [alice, bob] = [clientOf(), clientOf()];
    assert.equal(await via(world, alice), '1');
    assert.equal(await via(world, bob), '1', 'before, connections are for everybody');
    assert.equal(await via(world, alice, ntlm()), '2', 'not one that was idle: others may still be known on it');
    assert.equal(await via(world, alice), '2', 'also without credentials');
    assert.equal(await via(world, bob), '1');
    assert.equal(await via(world, bob, ntlm()), '3');
    assert.equal(await via(world, alice, ntlm()), '2');
    const [server] = world.pool.servers;
    assert.equal(server!.open, 3);
    alice.close();
    await until(() => server!.open === 2);
    bob.close();
    await until(() => server!.open === 1);
    assert.equal(await via(world, clientOf()), '1');
    assert.equal(world.pool.bindings.empty, true);
    world.pool.destroy();
  });
});

test('a bound connection that the server closes is replaced by a bound one', async () => {
  await withNet(async (sockets) => {
    const address = await serve(sockets, (socket, _, connection) => {
      socket.write(ok(String(connection)));
      if (connection === 1) socket.end();
    });
    const world = poolOf([address]);
    const alice = clientOf();
    const [server] = world.pool.servers;
    assert.equal(await via(world, alice, ntlm()), '1');
    await until(() => server!.open === 0);
    assert.equal(await via(world, alice), '2');
    assert.equal(server!.idleCount, 0);
    assert.equal(await via(world, clientOf()), '3');
    alice.close();
    await until(() => server!.open === 1);
    world.pool.destroy();
  });
});

test('through a trusted proxy, which mixes users, such credentials are refused', async () => {
  await withNet(async (sockets) => {
    const world = await numbered(sockets);
    const { reply } = await world.whole({ client: clientOf({ trusted: true }) }, { headers: ntlm() });
    assert.deepEqual(reply.events, ['fail connection-auth-through-proxy']);
    assert.equal(world.pool.servers[0]!.open, 0);
  });
});

test('a request that follows at once on the last byte of the answer before leaves no connection behind', async () => {
  await withNet(async (sockets) => {
    const world = await numbered(sockets);
    const alice = clientOf();
    const [server] = world.pool.servers;
    // What pipelining does: the next exchange begins from within the end of the one before.
    const answers: string[] = [];
    const next = (left: number): void => {
      const { reply } = world.forward(exchangeOf({ client: alice }), { headers: ntlm() });
      reply.sink.during = (event) => {
        if (event !== 'end') return;
        answers.push(reply.sink.bytes.toString());
        if (left > 0) next(left - 1);
      };
    };
    next(9);
    await until(() => answers.length === 10);
    await turns();
    alice.close();
    await turns(50);
    assert.equal(
      server!.open,
      0,
      `left open, bound to a client that has gone; the answers came over ${answers.join()}`,
    );
    world.pool.destroy();
  });
});

test('a client that goes while its connection is being made or used leaves none', async () => {
  await withNet(async (sockets) => {
    for (const when of ['dialling', 'waiting'] as const) {
      const world = poolOf([await serve(sockets, () => undefined)]);
      const alice = clientOf();
      const { work } = world.forward(exchangeOf({ client: alice }), { headers: ntlm() });
      const [server] = world.pool.servers;
      if (when === 'waiting') await until(() => server!.open === 1);
      work.abort(Object.assign(new Error('x')) as never);
      alice.close();
      await turns();
      await until(() => server!.open === 0);
      assert.equal(world.pool.bindings.empty, true);
    }
  });
});
