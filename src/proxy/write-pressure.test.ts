import assert from 'node:assert/strict';
import type net from 'node:net';
import { test } from 'node:test';
import { BufferPool } from '../core/buffer-pool.ts';
import { ProxyError } from '../core/errors.ts';
import { pendingWriteBytes } from '../core/raw-socket.ts';
import { UNTIL_CLOSE } from '../wire/http1/framing.ts';
import { HandSource, Received, TestEnv, turns, until, withNet, type Net } from './fixtures.test.ts';
import { pattern } from './pattern.test.ts';
import { MessageWriter } from './message-writer.ts';

/** Tells which buffers are out, and complains of one that is given back twice. */
class WatchedPool extends BufferPool {
  readonly out: Set<Buffer> = new Set();
  wrong = 0;

  override take(): Buffer {
    const buffer = super.take();
    if (this.out.has(buffer)) this.wrong++;
    this.out.add(buffer);
    return buffer;
  }

  override give(buffer: Buffer): void {
    if (!this.out.delete(buffer)) this.wrong++;
    super.give(buffer);
  }
}

class PressureEnv extends TestEnv {
  override readonly buffers: WatchedPool = new WatchedPool();
}

interface World {
  readonly env: PressureEnv;
  readonly ours: net.Socket;
  readonly peer: net.Socket;
  readonly events: string[];
  readonly writer: MessageWriter;
  readonly source: HandSource;
}

async function setUp(
  sockets: Net,
  kind: 'tcp' | 'unix' = 'unix',
  env: PressureEnv = new PressureEnv(),
): Promise<World> {
  const { ours, peer } = await sockets.pair(kind);
  const events: string[] = [];
  const owner = {
    messageSent: () => events.push('sent'),
    messageBroken: () => events.push('broken'),
    drained: () => events.push('drained'),
    writeStalled: () => events.push('stalled'),
  };
  return { env, ours, peer, events, writer: new MessageWriter(ours, owner, env, 5000), source: new HandSource() };
}

/** Writes until the kernel takes no more. */
function fill({ writer }: World, chunk: Buffer): number {
  let sent = chunk.length;
  while (writer.write(chunk)) sent += chunk.length;
  return sent;
}

/** The peer reads as little as makes room in the kernel. */
async function sip({ ours, peer }: World): Promise<void> {
  const before = pendingWriteBytes(ours);
  peer.on('data', () => peer.pause());
  while (pendingWriteBytes(ours) === before) {
    peer.resume();
    await until(() => peer.isPaused());
    await turns();
  }
}

test('write() is false from where the kernel takes no more, and resume() comes when all has left', async () => {
  await withNet(async (sockets) => {
    const world = await setUp(sockets);
    const { writer, source, peer, ours } = world;
    writer.begin('', UNTIL_CLOSE, source);
    const sent = fill(world, Buffer.alloc(65_536));
    assert.ok(ours.writableLength > 0 && ours.writableLength <= 70_000, `${ours.writableLength} bytes wait`);
    assert.equal(writer.write(Buffer.alloc(1)), false);
    await turns();
    assert.deepEqual(source.events, ['start']);
    const got = new Received(peer);
    await until(() => source.events.length === 2);
    assert.deepEqual(source.events, ['start', 'resume']);
    writer.end();
    await until(() => got.length === sent + 1);
  });
});

test('48 MB through two stalled sockets arrive byte for byte, though each chunk is overwritten and buffers are shared', async () => {
  await withNet(async (sockets) => {
    const env = new PressureEnv();
    const size = 24_000_000;
    const lent = Buffer.alloc(65_536);
    const downloads = await Promise.all(
      [1, 2].map(async (seed) => ({ world: await setUp(sockets, 'tcp', env), bytes: pattern(size, seed) })),
    );
    for (const { world, bytes } of downloads) {
      let at = 0;
      const go = (): void => {
        for (let more = true; more && at < size; at += 65_536) {
          const length = bytes.copy(lent, 0, at, at + 65_536);
          more = world.writer.write(lent.subarray(0, length));
          lent.fill(0xee);
        }
        if (at >= size) world.writer.end();
      };
      world.source.during = go;
      world.writer.begin('', size, world.source);
    }
    await turns(); // Both stand still now, with buffers out.
    assert.ok(env.buffers.out.size >= 2);
    const got = downloads.map(({ world }) => new Received(world.peer));
    await until(() => got.every(({ length }) => length >= size));
    for (const [i, { bytes }] of downloads.entries()) assert.ok(got[i]!.bytes.equals(bytes), `download ${i}`);
    await until(() => env.buffers.out.size === 0);
    assert.equal(env.buffers.wrong, 0);
  });
});

test('a buffer is given back at once where the kernel took all', async () => {
  await withNet(async (sockets) => {
    const { env, writer, source } = await setUp(sockets);
    writer.begin('', UNTIL_CLOSE, source);
    writer.write(Buffer.alloc(10_000));
    assert.equal(env.buffers.out.size, 0);
  });
});

test('no buffer is given back while a write waits, nor after the socket has gone', async () => {
  await withNet(async (sockets) => {
    const world = await setUp(sockets);
    const { env, writer, source, ours } = world;
    writer.begin('', UNTIL_CLOSE, source);
    fill(world, Buffer.alloc(65_536));
    writer.write(Buffer.alloc(65_536));
    const out = env.buffers.out.size;
    assert.equal(out, 2);
    ours.on('close', () => writer.dispose());
    ours.destroy();
    await until(() => ours.closed);
    await turns();
    assert.equal(env.buffers.out.size, out);
    assert.deepEqual(source.events, ['start'], 'nobody is resumed for a socket that has gone');
  });
});

test('a peer that takes nothing for stallMs is told once; one that takes a little is not', async () => {
  await withNet(async (sockets) => {
    const world = await setUp(sockets);
    const { env, writer, source, events } = world;
    writer.begin('', UNTIL_CLOSE, source);
    fill(world, Buffer.alloc(65_536));
    for (let i = 0; i < 50; i++) writer.write(Buffer.alloc(65_536));
    for (let round = 0; round < 8; round++) {
      env.pass(2000);
      await sip(world);
      env.pass(2000);
      assert.deepEqual(events, [], `round ${round}`);
    }
    env.pass(11_000);
    assert.deepEqual(events, ['stalled']);
    env.pass(60_000);
    assert.deepEqual(events, ['stalled']);
  });
});

test('the stall is noticed after one to two times stallMs, not earlier', async () => {
  await withNet(async (sockets) => {
    const world = await setUp(sockets);
    const { env, writer, source, events } = world;
    writer.begin('', UNTIL_CLOSE, source);
    fill(world, Buffer.alloc(65_536));
    env.pass(4900);
    assert.deepEqual(events, []);
    env.pass(5400);
    assert.deepEqual(events, ['stalled']);
  });
});

test('no deadline is left when all has left, nor when the socket has gone', async () => {
  await withNet(async (sockets) => {
    const world = await setUp(sockets);
    const { env, writer, source, events, peer, ours } = world;
    writer.begin('', UNTIL_CLOSE, source);
    fill(world, Buffer.alloc(65_536));
    const got = new Received(peer);
    await until(() => source.events.length === 2 && ours.writableLength === 0);
    env.pass(20_000);
    assert.deepEqual(events, []);
    peer.pause();
    fill(world, Buffer.alloc(65_536));
    ours.on('close', () => writer.dispose());
    ours.destroy();
    await until(() => ours.closed);
    await turns();
    env.pass(20_000);
    assert.deepEqual(events, []);
    assert.ok(got.length > 0);
  });
});

test('what is written after the socket has gone leaves no deadline and does not throw', async () => {
  await withNet(async (sockets) => {
    const world = await setUp(sockets);
    const { env, writer, source, events, ours } = world;
    writer.begin('', UNTIL_CLOSE, source);
    fill(world, Buffer.alloc(65_536));
    ours.destroy();
    for (let i = 0; i < 10; i++) writer.write(Buffer.alloc(65_536));
    await until(() => ours.closed);
    writer.dispose();
    for (let i = 0; i < 10; i++) writer.write(Buffer.alloc(100));
    writer.flush();
    writer.abort(new ProxyError('server-closed', 'Cannot'));
    await turns();
    env.pass(20_000);
    assert.deepEqual(events, ['broken']);
  });
});

test('a message that is begun while the last one waits asks its source to wait', async () => {
  await withNet(async (sockets) => {
    const world = await setUp(sockets);
    const { writer, source, peer } = world;
    writer.begin('', UNTIL_CLOSE, source);
    const sent = fill(world, Buffer.alloc(65_536));
    writer.end();
    const next = new HandSource();
    writer.begin('next ', UNTIL_CLOSE, next);
    assert.equal(writer.write(Buffer.from('a')), false);
    writer.flush();
    const got = new Received(peer);
    await until(() => next.events.length === 2);
    assert.deepEqual(next.events, ['start', 'resume']);
    assert.deepEqual(source.events, ['start']);
    await until(() => got.length === sent + 6);
  });
});

test('drained() comes once, between two messages, when what backed up has left; within one the source is resumed', async () => {
  await withNet(async (sockets) => {
    const world = await setUp(sockets);
    const { writer, source, peer, events } = world;
    writer.begin('', UNTIL_CLOSE, source);
    fill(world, Buffer.alloc(65_536));
    assert.equal(writer.backedUp, true);
    writer.end();
    await turns();
    assert.deepEqual(events, ['sent']);
    const got = new Received(peer);
    await until(() => events.length === 2);
    await turns();
    assert.deepEqual(events, ['sent', 'drained']);
    assert.deepEqual(source.events, ['start']);
    assert.equal(writer.backedUp, false);
    assert.ok(got.length > 0);
  });
});
