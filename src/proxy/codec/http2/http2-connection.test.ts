import assert from 'node:assert/strict';
import type net from 'node:net';
import { test } from 'node:test';
import { frame, hex, preface } from '../../../wire/http2/fixtures.test.ts';
import type { ClientSocket } from '../../client-socket.ts';
import { turns, until, withNet, listenerPlan, Received, type Net } from '../../fixtures.test.ts';
import { plainHttp2 } from '../../plan.ts';
import { TestClientEnv, textAnswer } from '../http1/fixtures.test.ts';
import { Http2Connection } from './http2-connection.ts';

interface World {
  readonly env: TestClientEnv;
  readonly connection: Http2Connection;
  readonly ours: net.Socket;
  readonly peer: net.Socket;
  readonly got: Received;
  readonly gone: number[];
}

async function open(sockets: Net, parts: Partial<ClientSocket> = {}): Promise<World> {
  const { ours, peer } = await sockets.pair();
  const env = new TestClientEnv();
  const client: ClientSocket = {
    socket: ours,
    listener: { name: 'web', plan: listenerPlan({ http2: plainHttp2 }) },
    address: '192.0.2.7',
    port: 5000,
    localPort: 80,
    tls: undefined,
    onBytes: () => true,
    ...parts,
  };
  ours.on('data', (chunk: Buffer) => {
    if (!client.onBytes(chunk)) ours.pause();
  });
  ours.pause();
  const connection = new Http2Connection(client, { id: 1, trusted: false }, env);
  const gone: number[] = [];
  connection.onClose(() => gone.push(1));
  connection.start();
  return { env, connection, ours, peer, got: new Received(peer), gone };
}

const greeting = Buffer.concat([Buffer.from(preface), frame(4, 0, 0)]);
/** `:method: GET`, `:scheme: http`, `:path: /`, `:authority: a`. */
const get = hex('82 86 84 41 01 61');

/** Codes of the GOAWAY frames that came. */
function goaways({ got }: World): number[] {
  const codes: number[] = [];
  const bytes = Buffer.from(got.text, 'latin1');
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3))
    if (bytes[at + 3] === 7) codes.push(bytes.readUInt32BE(at + 13));
  return codes;
}

test('HTTP/2 over TLS before 1.2 is refused with INADEQUATE_SECURITY, and the log says so', async () => {
  await withNet(async (sockets) => {
    const facts = { cipher: 'x', serverName: '', resumed: false, clientCertificate: undefined };
    const world = await open(sockets, { tls: { version: 'TLSv1.1', ...facts } });
    await until(() => world.got.ended);
    assert.deepEqual(goaways(world), [12]);
    assert.deepEqual(
      world.env.handler.finishedOnes.map(({ reason }) => reason),
      ['protocol-error'],
    );
  });
});

test('a client that says nothing at all is left without a line in the log', async () => {
  await withNet(async (sockets) => {
    const world = await open(sockets);
    world.env.pass(5300);
    await until(() => world.got.ended);
    assert.deepEqual(goaways(world), [4]);
    assert.equal(world.env.handler.finishedOnes.length, 0);
  });
});

test('after its GOAWAY it lingers for 5 s, drops what comes, and then closes', async () => {
  await withNet(async (sockets) => {
    const world = await open(sockets);
    world.peer.write(greeting);
    await turns();
    world.connection.drain();
    await until(() => world.got.ended);
    assert.deepEqual(goaways(world), [0]);
    world.peer.write(frame(1, 5, 1, get));
    await turns();
    assert.equal(world.env.handler.handled.length, 0);
    assert.equal(world.ours.destroyed, false);
    world.env.pass(5300);
    await until(() => world.gone.length === 1);
    assert.deepEqual(world.env.bugs, []);
  });
});

test('an error of ours in a handler ends the connection, is told, and each exchange is finished once', async () => {
  await withNet(async (sockets) => {
    const world = await open(sockets);
    world.env.handler.atOnce = ({ exchange }) => {
      if (exchange.target.path === '/') return false;
      throw new Error('a bug');
    };
    // The second path is `/index.html`.
    world.peer.write(Buffer.concat([greeting, frame(1, 5, 1, get), frame(1, 5, 3, hex('82 86 85 41 01 61'))]));
    await until(() => world.got.ended);
    assert.deepEqual(goaways(world), [2]);
    assert.equal(world.env.bugs.length, 1);
    assert.deepEqual(
      world.env.handler.finishedOnes.map(({ reason }) => reason),
      ['internal-error', 'internal-error'],
    );
    assert.equal(world.connection.exchanges, 0);
  });
});

test('what an answered stream held is gone: nothing of it is left in the connection', async () => {
  await withNet(async (sockets) => {
    const world = await open(sockets);
    world.env.handler.atOnce = ({ reply }) => {
      reply.respond(textAnswer('x'));
      return true;
    };
    const requests = Array.from({ length: 100 }, (_, i) => frame(1, 5, 2 * i + 1, get));
    world.peer.write(Buffer.concat([greeting, ...requests]));
    await until(() => world.env.handler.finishedOnes.length === 100);
    await turns();
    assert.deepEqual([world.connection.exchanges, world.connection.tunnels], [0, 0]);
    assert.equal(world.env.wheel.size, 1, 'one deadline, that of the connection');
  });
});
