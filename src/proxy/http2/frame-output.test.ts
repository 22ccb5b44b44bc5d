import assert from 'node:assert/strict';
import type net from 'node:net';
import { test } from 'node:test';
import { TestEnv, turns } from '../fixtures.test.ts';
import { FakeSocket } from './fixtures.test.ts';
import { FrameOutput } from './frame-output.ts';

function outputOf(env: TestEnv, socket: FakeSocket): FrameOutput {
  const owner = { roomAgain: () => undefined, writeStalled: () => undefined };
  return new FrameOutput(socket as unknown as net.Socket, owner, env, 5000);
}

test('what comes in one turn leaves at its end, in one write', async () => {
  const socket = new FakeSocket();
  const out = outputOf(new TestEnv(), socket);
  out.frames(32).rstStream(1, 8);
  out.frames(32).rstStream(3, 8);
  assert.equal(socket.writes.length, 0);
  assert.equal(out.waiting, 26);
  await turns(2);
  assert.deepEqual(
    socket.writes.map(({ length }) => length),
    [26],
  );
  assert.equal(out.waiting, 0);
});

test('it waits for the end of a turn once, however many pages fill in it', async () => {
  const env = new TestEnv();
  let added = 0;
  const { add } = env.flushes;
  env.flushes.add = (output) => {
    added++;
    add.call(env.flushes, output);
  };
  const socket = new FakeSocket();
  const out = outputOf(env, socket);
  const span = { buffer: Buffer.alloc(16_384), from: 0, to: 16_384 };
  for (let i = 0; i < 40; i++) out.frames(16_393).data(1, span, false);
  out.leave();
  out.frames(32).rstStream(1, 8);
  assert.equal(added, 1);
  await turns(2);
  assert.equal(Buffer.concat(socket.writes).length, 40 * 16_393 + 13);
  out.frames(32).rstStream(1, 8);
  assert.equal(added, 2);
  await turns(2);
});

test('frames that are larger than a page get one of their own, in their place', async () => {
  const socket = new FakeSocket();
  const out = outputOf(new TestEnv(), socket);
  out.frames(32).rstStream(1, 8);
  const writer = out.frames(200_000);
  assert.ok(writer.room >= 200_000);
  writer.rstStream(3, 8);
  await turns(2);
  assert.deepEqual(
    socket.writes.map(({ length }) => length),
    [13, 13],
  );
});

test('a page counts as another one once it has left', () => {
  const out = outputOf(new TestEnv(), new FakeSocket());
  out.frames(32).rstStream(1, 8);
  const { pages } = out;
  out.frames(32).rstStream(3, 8);
  assert.equal(out.pages, pages);
  out.leave();
  assert.notEqual(out.pages, pages);
});

test('after its end nothing is written', async () => {
  const socket = new FakeSocket();
  const out = outputOf(new TestEnv(), socket);
  out.frames(32).rstStream(1, 8);
  out.dispose();
  out.frames(32).rstStream(1, 8);
  await turns(2);
  assert.equal(socket.writes.length, 0);
});
