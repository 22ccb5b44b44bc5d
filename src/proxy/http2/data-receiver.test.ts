import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../../core/errors.ts';
import { Flag, FrameType } from '../../wire/http2/codes.ts';
import { pattern } from '../pattern.test.ts';
import { frame } from '../../wire/http2/fixtures.test.ts';
import { SessionWorld } from './fixtures.test.ts';

const enough = new ProxyError('client-abort', 'Cannot go on: a test');
const frameBytes = 16_384;

/** Sends a body in frames of the largest size. */
function pour(world: SessionWorld, id: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at += frameBytes) world.data(id, bytes.subarray(at, at + frameBytes));
}

function updates(lines: readonly string[], id: number): number {
  const found = lines.filter((line) => line.startsWith(`window ${id} `));
  return found.reduce((sum, line) => sum + Number(line.split(' ')[2]), 0);
}

test('credit comes for what the sink took, once half of the window is due', () => {
  const world = new SessionWorld('server', { connectionWindow: 65_535 });
  const { sink } = world.request(1, false);
  world.data(1, Buffer.alloc(16_000, 1));
  world.data(1, Buffer.alloc(16_000, 2));
  assert.deepEqual(world.hear(), []);
  world.data(1, Buffer.alloc(1000, 3));
  assert.deepEqual(world.hear(), ['window 0 33000', 'window 1 33000']);
  assert.equal(sink.bytes.length, 33_000);
});

test('a sink that waits gives no credit, of the stream or of the connection', () => {
  const world = new SessionWorld('server', { connectionWindow: 65_535 });
  const user = world.request(1, false);
  user.sink.ready = false;
  pour(world, 1, pattern(65_535));
  // The first chunk has been taken, though more was not asked for: other streams may have its room.
  assert.deepEqual(world.hear(), ['window 0 16384']);
  assert.equal(user.sink.bytes.length, frameBytes);
  user.sink.ready = true;
  user.stream.input!.resume();
  assert.deepEqual(user.sink.bytes, pattern(65_535));
  assert.deepEqual(world.hear(), ['window 0 49151', 'window 1 65535']);
});

test('credit that is saved up is told where what stalled streams hold would keep it for ever', () => {
  const world = new SessionWorld('server', { connectionWindow: 100_000 });
  world.request(1, false);
  world.request(3, false).sink.ready = false;
  world.data(1, Buffer.alloc(frameBytes));
  world.data(1, Buffer.alloc(frameBytes));
  assert.equal(updates(world.hear(), 0), 0);
  let told = 0;
  for (let sent = 0; sent + frameBytes <= 65_535; sent += frameBytes) {
    world.data(3, Buffer.alloc(frameBytes));
    told += updates(world.hear(), 0);
  }
  assert.ok(told >= 2 * frameBytes, `${told}`);
  // All the room that the stalled one leaves is there for the other, again and again.
  for (let i = 0; i < 100; i++) world.data(1, Buffer.alloc(frameBytes));
  assert.ok(!world.events.some((event) => event.startsWith('broken')));
});

test('more than the window of a stream resets it, and the connection goes on', () => {
  const world = new SessionWorld();
  const user = world.request(1, false);
  user.sink.ready = false;
  pour(world, 1, Buffer.alloc(65_535));
  world.data(1, 'x');
  assert.deepEqual(world.hear(), ['reset 1 FLOW_CONTROL_ERROR']);
  assert.deepEqual(user.events, ['ended fault FLOW_CONTROL_ERROR']);
  assert.equal(world.request(3, false).events.length, 0);
});

test('more than the window of the connection ends it', () => {
  const world = new SessionWorld('server', { connectionWindow: 65_535 });
  for (const id of [1, 3]) {
    world.request(id, false).stream.input!.paused = true;
    pour(world, id, Buffer.alloc(frameBytes * 2));
  }
  world.data(3, 'x');
  assert.deepEqual(world.hear(), ['goaway 3 FLOW_CONTROL_ERROR']);
  assert.equal(world.events.at(-1), 'broken FLOW_CONTROL_ERROR');
});

test('bytes that are kept for all streams are never more than the window of the connection', () => {
  const world = new SessionWorld('server', { connectionWindow: 100_000, maxStreams: 100 });
  let sent = 0;
  for (let id = 1; id < 40; id += 2) {
    const user = world.request(id, false);
    user.stream.input!.paused = true;
    for (let i = 0; i < 3 && sent + frameBytes <= 100_000; i++) {
      world.data(id, Buffer.alloc(frameBytes));
      sent += frameBytes;
    }
  }
  assert.deepEqual(world.hear(), []);
  world.data(1, Buffer.alloc(frameBytes));
  assert.deepEqual(world.hear(), ['goaway 39 FLOW_CONTROL_ERROR']);
});

test('a stream whose sink stands still leaves the others their room', () => {
  const world = new SessionWorld('server', { mostStreamWindow: 1_000_000 });
  const stalled = world.request(1, false);
  const lively = world.request(3, false);
  stalled.sink.ready = false;
  pour(world, 1, Buffer.alloc(65_535));
  for (let i = 0; i < 100; i++) {
    world.data(3, Buffer.alloc(frameBytes));
    assert.equal(updates(world.hear(), 0) % frameBytes, 0);
  }
  assert.equal(lively.sink.bytes.length, 100 * frameBytes);
});

test('the window of a stream grows while its sink keeps up, to half of the connection at most', () => {
  const world = new SessionWorld('server', { mostStreamWindow: 1_000_000 });
  const user = world.request(1, false);
  let given = 65_535;
  for (let sent = 0; sent < 4_000_000; sent += frameBytes) {
    assert.ok(given >= frameBytes);
    world.data(1, Buffer.alloc(frameBytes));
    given += updates(world.hear(), 1) - frameBytes;
  }
  assert.equal(user.stream.receiveWindow.size, 131_072);
});

test('the window of a stream does not grow while much is kept for others', () => {
  const world = new SessionWorld('server', { mostStreamWindow: 1_000_000, connectionWindow: 200_000 });
  const stalled = world.request(1, false);
  stalled.stream.input!.paused = true;
  pour(world, 1, Buffer.alloc(65_535));
  const user = world.request(3, false);
  for (let i = 0; i < 50; i++) world.data(3, Buffer.alloc(frameBytes));
  assert.equal(user.stream.receiveWindow.size, 65_535);
  stalled.stream.input!.resume();
  for (let i = 0; i < 50; i++) world.data(3, Buffer.alloc(frameBytes));
  assert.equal(user.stream.receiveWindow.size, 100_000);
});

test('the window of a stream does not grow where its sink asks to wait now and then', () => {
  const world = new SessionWorld('server', { mostStreamWindow: 1_000_000 });
  const user = world.request(1, false);
  user.sink.ready = false;
  for (let i = 0; i < 50; i++) {
    world.data(1, Buffer.alloc(frameBytes));
    user.stream.input!.resume();
  }
  assert.equal(user.stream.receiveWindow.size, 65_535);
});

test('padding is given back, to the stream and to the connection', () => {
  const world = new SessionWorld('server', { connectionWindow: 65_535 });
  const { sink } = world.request(1, false);
  const padded = Buffer.concat([Buffer.of(255), Buffer.from('ab'), Buffer.alloc(255)]);
  for (let i = 0; i < 128; i++) world.frame('Data', 1, padded, Flag.Padded);
  assert.equal(sink.bytes.length, 256);
  const lines = world.hear();
  assert.deepEqual([updates(lines, 0), updates(lines, 1)], [32_768, 32_768]);
});

test('DATA for a stream that we reset is given back to the connection', () => {
  const world = new SessionWorld('server', { connectionWindow: 65_535 });
  const user = world.request(1, false);
  user.stream.reset(8);
  assert.deepEqual(world.hear(), ['reset 1 CANCEL']);
  for (let i = 0; i < 40; i++) world.data(1, Buffer.alloc(1000));
  assert.deepEqual(world.hear(), ['window 0 33000']);
});

test('what is kept of a stream that is reset is given back to the connection', () => {
  const world = new SessionWorld('server', { connectionWindow: 65_535 });
  for (const [id, end] of [
    [1, (): unknown => world.reset(1)],
    [3, (): unknown => world.users.get(3)!.stream.reset(8)],
    [5, (): unknown => world.windowUpdate(5, 0)],
  ] as const) {
    const user = world.request(id, false);
    user.stream.input!.paused = true;
    pour(world, id, Buffer.alloc(40_000));
    assert.equal(updates(world.hear(), 0), 0);
    end();
    assert.equal(updates(world.hear(), 0), 40_000, `of stream ${id}`);
  }
});

test('what is kept of a message that is whole stays, though the stream is reset behind it', () => {
  const world = new SessionWorld('client');
  const user = world.open();
  user.stream.sendHead({ room: 16, write: () => undefined }, false);
  world.headers(1, ':status=200');
  user.sink.ready = false;
  world.data(1, 'abc');
  world.data(1, 'def', true);
  world.reset(1, 0);
  assert.equal(user.events.at(-1), 'ended reset NO_ERROR');
  user.sink.ready = true;
  user.stream.input!.resume();
  assert.equal(user.sink.bytes.toString(), 'abcdef');
  assert.equal(user.sink.events.at(-1), 'end');
});

test('what comes behind a sink that wants no more is dropped, and counts no more', () => {
  const world = new SessionWorld('server', { connectionWindow: 65_535 });
  const user = world.request(1, false);
  user.stream.input!.cancel(enough);
  pour(world, 1, Buffer.alloc(40_000));
  assert.deepEqual(user.events, ['input cancelled']);
  assert.equal(updates(world.hear(), 0), 32_768 + 0);
});

test('bytes that come before anybody takes them are kept, and so is the end', () => {
  const world = new SessionWorld();
  world.onStream = () => undefined;
  const user = world.request(1, false);
  const input = user.stream.openInput(6);
  world.data(1, 'abc');
  world.data(1, 'def', true);
  assert.ok(input.complete);
  input.start(user.sink);
  assert.deepEqual(user.sink.events, ['write', 'flush', 'end']);
  assert.equal(user.sink.bytes.toString(), 'abcdef');
});

test('a body that is longer or shorter than it said is told', () => {
  const world = new SessionWorld();
  world.onStream = (user) => user.take(3);
  const longer = world.request(1, false);
  world.data(1, 'abcd');
  assert.deepEqual([longer.events, longer.sink.bytes.length], [['length wrong'], 0]);
  const shorter = world.request(3, false);
  world.data(3, 'ab', true);
  assert.deepEqual([shorter.events, shorter.sink.bytes.length], [['length wrong'], 2]);
  assert.ok(!shorter.sink.events.includes('end'));
  assert.deepEqual(world.hear(), ['reset 1 PROTOCOL_ERROR', 'reset 3 PROTOCOL_ERROR']);
});

test('DATA behind the end of a message resets its stream', () => {
  const world = new SessionWorld();
  const user = world.request(1, true);
  world.data(1, 'x');
  assert.deepEqual(world.hear(), ['reset 1 STREAM_CLOSED']);
  assert.deepEqual(user.events, ['ended fault STREAM_CLOSED']);
});

test('a sink that gives up while it gets bytes leaves nothing uncredited', () => {
  const world = new SessionWorld('server', { connectionWindow: 65_535 });
  const user = world.request(1, false);
  user.sink.during = (event) => {
    if (event !== 'write') return;
    user.stream.input!.cancel(enough);
    user.stream.reset(8);
  };
  for (let i = 0; i < 3; i++) world.data(1, Buffer.alloc(frameBytes));
  assert.deepEqual(world.hear(), ['reset 1 CANCEL', 'window 0 32768']);
  assert.equal(user.sink.bytes.length, frameBytes);
});

test('a sink is told to flush once for a head, and once for what came together behind it', () => {
  const world = new SessionWorld();
  const { sink } = world.request(1, false);
  world.data(1, 'a');
  assert.deepEqual(sink.events, ['flush', 'write', 'flush']);
});

test('a sink is flushed where a head came and nothing of its body: not before all that came has been read', () => {
  const world = new SessionWorld();
  const alone = world.request(1, false);
  assert.deepEqual(alone.sink.events, ['flush']);
  const head = world.headersFrame(3, ':method=GET :scheme=http :path=/');
  world.read(head, frame(FrameType.Data, 0, 3, 'first'));
  assert.deepEqual(world.users.get(3)!.sink.events, ['write', 'flush']);
});

test('a sink that comes later than the head is flushed at once', () => {
  const world = new SessionWorld();
  world.onStream = () => undefined;
  const user = world.request(1, false);
  user.take();
  assert.deepEqual(user.sink.events, ['flush']);
});
