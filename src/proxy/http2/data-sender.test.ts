import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../../core/errors.ts';
import { headersOf, turns } from '../fixtures.test.ts';
import { pattern } from '../pattern.test.ts';
import { headOf, SessionWorld, type HandUser } from './fixtures.test.ts';

const gone = new ProxyError('server-reset', 'Cannot go on: a test');

/** A request that is being answered. */
function answered(world: SessionWorld, id: number): HandUser {
  const user = world.request(id);
  user.answer();
  world.hear();
  return user;
}

/** Bytes of DATA in these lines. */
function sizes(lines: readonly string[], id: number): number[] {
  const found = lines.filter((line) => line.startsWith(`data ${id} `) && !line.includes('"'));
  return found.map((line) => Number(line.split(' ')[2]));
}

function total(lines: readonly string[], id: number): number {
  return sizes(lines, id).reduce((sum, size) => sum + size, 0);
}

test('the end of a message goes with its last frame of DATA', () => {
  const world = new SessionWorld();
  const user = answered(world, 1);
  user.source.sink!.write(Buffer.from('hello'));
  user.source.sink!.end();
  assert.deepEqual(world.hear(), ['data 1 5', 'data 1 "hello" end']);
  assert.deepEqual(user.events, ['sent', 'closed']);
  assert.deepEqual(world.events.at(-1), 'gone 1');
});

test('the end of a message has a frame of its own where the last one has left', () => {
  const world = new SessionWorld();
  const user = answered(world, 1);
  user.source.sink!.write(Buffer.from('hello'));
  assert.deepEqual(world.hear(), ['data 1 5', 'data 1 "hello"']);
  user.source.sink!.end();
  assert.deepEqual(world.hear(), ['data 1 0', 'data 1 "" end']);
});

test('the end goes with the last frame also where frames of other streams stand behind it', () => {
  const world = new SessionWorld();
  const [one, three] = [answered(world, 1), answered(world, 3)];
  one.source.sink!.write(Buffer.from('one'));
  three.source.sink!.write(Buffer.from('three'));
  one.source.sink!.end();
  assert.deepEqual(world.hear(), ['data 1 3', 'data 1 "one" end', 'data 3 5', 'data 3 "three"']);
  three.source.sink!.end();
  assert.deepEqual(world.hear(), ['data 3 0', 'data 3 "" end']);
});

test('trailers end a message, and none are no trailers', () => {
  const world = new SessionWorld();
  const [one, three] = [answered(world, 1), answered(world, 3)];
  one.source.sink!.end(headersOf(['grpc-status', '0']));
  three.source.sink!.end(headersOf());
  assert.deepEqual(world.hear(), ['headers 1 grpc-status=0 end', 'data 3 0', 'data 3 "" end']);
});

test('a message without a body ends with its head', () => {
  const world = new SessionWorld();
  const user = world.request(1);
  user.stream.sendHead(headOf([[':status', '204']]), true);
  assert.deepEqual(world.hear(), ['headers 1 :status=204 end']);
  assert.deepEqual(user.events, ['sent', 'closed']);
});

test('frames of several streams that come in one turn leave in one write', async () => {
  const world = new SessionWorld();
  const users = [1, 3, 5].map((id) => answered(world, id));
  world.socket.writes.length = 0;
  for (const user of users) {
    user.source.sink!.write(Buffer.from('hello'));
    user.source.sink!.end();
  }
  assert.equal(world.socket.writes.length, 0);
  await turns(2);
  assert.equal(world.socket.writes.length, 1);
  assert.equal(world.socket.writes[0]!.length, 3 * 14);
});

test('no frame is larger than every peer takes', () => {
  const world = new SessionWorld();
  world.settings([5, 100_000]);
  const user = answered(world, 1);
  user.source.sink!.write(pattern(40_000));
  assert.deepEqual(sizes(world.hear(), 1), [16_384, 16_384, 7232]);
});

test('a stream sends no more than its window, and goes on when there is more', () => {
  const world = new SessionWorld();
  world.settings([4, 10]);
  const user = answered(world, 1);
  assert.equal(user.source.sink!.write(Buffer.from('0123456789abcdef')), false);
  assert.deepEqual(world.hear().at(-1), 'data 1 "0123456789"');
  world.windowUpdate(1, 3);
  assert.deepEqual(world.hear(), ['data 1 3', 'data 1 "abc"']);
  assert.deepEqual(user.source.events, ['start']);
  world.windowUpdate(1, 10);
  assert.deepEqual(world.hear(), ['data 1 3', 'data 1 "def"']);
  assert.deepEqual(user.source.events, ['start', 'resume']);
});

test('the end of a message waits for what is kept before it', () => {
  const world = new SessionWorld();
  world.settings([4, 3]);
  const user = answered(world, 1);
  user.source.sink!.write(Buffer.from('abcdef'));
  user.source.sink!.end(headersOf(['x-sum', '1']));
  assert.deepEqual(world.hear(), ['data 1 3', 'data 1 "abc"']);
  assert.deepEqual(user.events, []);
  world.windowUpdate(1, 3);
  assert.deepEqual(world.hear(), ['data 1 3', 'data 1 "def"', 'headers 1 x-sum=1 end']);
  assert.deepEqual(user.events, ['sent', 'closed']);
  assert.deepEqual(user.source.events, ['start']);
});

test('an end needs no room in any window', () => {
  const world = new SessionWorld();
  world.settings([4, 3]);
  const user = answered(world, 1);
  user.source.sink!.write(Buffer.from('abc'));
  world.hear();
  user.source.sink!.end();
  assert.deepEqual(world.hear(), ['data 1 0', 'data 1 "" end']);
});

test('many small chunks that a source goes on with are kept in their order', () => {
  const world = new SessionWorld();
  world.settings([4, 0]);
  const user = answered(world, 1);
  const bytes = pattern(20_000);
  for (let at = 0; at < bytes.length; at += 7) user.source.sink!.write(bytes.subarray(at, at + 7));
  user.source.sink!.end();
  world.windowUpdate(1, 1000);
  world.windowUpdate(1, 30_000);
  world.hear();
  assert.deepEqual(world.body(1), bytes);
  assert.equal(user.stream.output.sent, 20_000);
});

test('a stalled stream does not keep the others back', () => {
  const world = new SessionWorld();
  world.settings([4, 10]);
  const [stalled, lively] = [answered(world, 1), answered(world, 3)];
  stalled.source.sink!.write(pattern(5000));
  world.hear();
  for (let i = 0; i < 50; i++) {
    lively.source.sink!.write(Buffer.alloc(100, 1));
    world.windowUpdate(3, 100);
  }
  assert.equal(total(world.hear(), 3), 5000);
  assert.equal(stalled.stream.output.sent, 10);
});

test('the window of the connection holds all streams, and each gets a share when there is more', () => {
  const world = new SessionWorld();
  const users = [1, 3, 5].map((id) => answered(world, id));
  for (const { source } of users) source.sink!.write(pattern(40_000));
  let lines = world.hear();
  assert.deepEqual(
    [1, 3, 5].map((id) => total(lines, id)),
    [40_000, 25_535, 0],
  );
  world.windowUpdate(0, 14_465);
  lines = world.hear();
  assert.equal(total(lines, 3), 14_465);
  assert.deepEqual(users[1]!.source.events, ['start', 'resume']);
  world.windowUpdate(0, 100_000);
  assert.equal(total(world.hear(), 5), 40_000);
});

test('a window that shrinks below nothing is made up for first', () => {
  const world = new SessionWorld();
  const user = answered(world, 1);
  user.source.sink!.write(pattern(60_000));
  world.hear();
  world.settings([4, 1000]);
  assert.equal(user.stream.sendWindow.left, 5535 + 1000 - 65_535);
  user.source.sink!.write(Buffer.from('abc'));
  world.windowUpdate(1, 59_000);
  assert.deepEqual(world.hear(), ['settings ack']);
  world.windowUpdate(1, 3);
  assert.deepEqual(world.hear(), ['data 1 3', 'data 1 "abc"']);
});

test('a larger initial window lets go what is kept, behind the acknowledgement', () => {
  const world = new SessionWorld();
  world.settings([4, 0]);
  const user = answered(world, 1);
  user.source.sink!.write(Buffer.from('abc'));
  user.source.sink!.end();
  world.settings([4, 100]);
  assert.deepEqual(
    world.hear(),
    ['settings ack', 'data 1 3', 'data 1 "abc"', 'data 1 0', 'data 1 "" end'].slice(0, 2).concat('data 1 "abc" end'),
  );
});

test('a window that would be too large is an error of the stream, or of the connection', () => {
  const world = new SessionWorld();
  const user = answered(world, 1);
  world.windowUpdate(1, 0x7fff_ffff);
  assert.deepEqual(world.hear(), ['reset 1 FLOW_CONTROL_ERROR']);
  assert.deepEqual(user.events, ['ended fault FLOW_CONTROL_ERROR']);
  world.windowUpdate(0, 0x7fff_ffff);
  assert.deepEqual(world.hear(), ['goaway 1 FLOW_CONTROL_ERROR']);
});

test('an initial window that makes one too large is an error of the connection', () => {
  const world = new SessionWorld();
  answered(world, 1);
  world.windowUpdate(1, 0x7fff_0000);
  world.settings([4, 0x7fff_ffff]);
  assert.deepEqual(world.hear(), ['goaway 1 FLOW_CONTROL_ERROR']);
});

test('while the socket is backed up bytes are kept, one read of each source, and go on when there is room', () => {
  const world = new SessionWorld();
  world.socket.takes = false;
  const users = [answered(world, 1), answered(world, 3)];
  const writes = world.socket.writes.length;
  assert.ok(world.session.backedUp);
  for (const { source } of users) assert.equal(source.sink!.write(pattern(20_000)), false);
  world.session.flush();
  assert.equal(world.socket.writes.length, writes);
  world.socket.takeAll();
  const lines = world.hear();
  assert.deepEqual([total(lines, 1), total(lines, 3)], [20_000, 20_000]);
  for (const { source } of users) assert.deepEqual(source.events, ['start', 'resume']);
  assert.equal(world.events.at(-1), 'room');
});

test('a source whose bytes have all gone waits too where the socket is backed up', () => {
  const world = new SessionWorld();
  const user = answered(world, 1);
  world.socket.takes = false;
  user.source.sink!.write(Buffer.from('abc'));
  world.hear();
  assert.equal(user.source.sink!.write(Buffer.alloc(0)), true);
  user.source.sink!.write(Buffer.from('d'));
  assert.ok(!user.source.events.includes('resume'));
  world.socket.takeAll();
  assert.deepEqual(user.source.events, ['start', 'resume']);
});

test('the more urgent answer goes first, and one that is of no use in parts goes alone', () => {
  const world = new SessionWorld();
  world.settings([4, 200_000]);
  const users = [1, 3, 5, 7].map((id) => answered(world, id));
  users[3]!.source.sink!.write(Buffer.alloc(65_535));
  for (const [i, update] of ['u=5', 'u=1', 'u=1, i'].entries()) {
    world.frame('PriorityUpdate', 0, Buffer.concat([Buffer.of(0, 0, 0, 2 * i + 1), Buffer.from(update)]));
    users[i]!.source.sink!.write(Buffer.alloc(1000, 1));
  }
  world.hear();
  const order: string[] = [];
  for (let i = 0; i < 6; i++) {
    world.windowUpdate(0, 500);
    order.push(world.hear()[0]!);
  }
  assert.deepEqual(order, ['data 3 500', 'data 3 500', 'data 5 500', 'data 5 500', 'data 1 500', 'data 1 500']);
});

test('those that are as urgent take turns', () => {
  const world = new SessionWorld();
  world.settings([4, 200_000]);
  const users = [1, 3, 5].map((id) => answered(world, id));
  users[0]!.source.sink!.write(Buffer.alloc(65_535));
  for (const { source } of users) source.sink!.write(Buffer.alloc(1000, 1));
  world.hear();
  const order: string[] = [];
  for (let i = 0; i < 6; i++) {
    world.windowUpdate(0, 500);
    order.push(world.hear()[0]!);
  }
  assert.deepEqual(order, ['data 1 500', 'data 3 500', 'data 5 500', 'data 1 500', 'data 3 500', 'data 5 500']);
});

test('a source that breaks off is told to the user, and what was kept does not go', () => {
  const world = new SessionWorld();
  world.settings([4, 2]);
  const user = answered(world, 1);
  user.source.sink!.write(Buffer.from('abcd'));
  user.source.sink!.abort(gone);
  assert.deepEqual(user.events, ['broken']);
  assert.deepEqual(world.hear(), ['data 1 2', 'data 1 "ab"', 'reset 1 INTERNAL_ERROR']);
  world.windowUpdate(1, 100);
  assert.deepEqual(world.hear(), []);
});

test('a stream that is reset by the peer sends nothing more', () => {
  const world = new SessionWorld();
  world.settings([4, 2]);
  const user = answered(world, 1);
  user.source.sink!.write(Buffer.from('abcd'));
  world.reset(1);
  user.source.sink!.write(Buffer.from('ef'));
  user.source.sink!.end();
  world.windowUpdate(0, 100);
  assert.deepEqual(world.hear(), ['data 1 2', 'data 1 "ab"']);
  assert.deepEqual(user.events, ['ended reset CANCEL']);
});

test('a table of the peer that is named twice in one frame is emptied by the smaller size', () => {
  const world = new SessionWorld();
  world.request(1).answer([
    [':status', '200'],
    ['server', 'x'],
  ]);
  assert.deepEqual(world.hear(), ['headers 1 :status=200 server=x']);
  world.settings([1, 0], [1, 4096]);
  world.hear();
  world.request(3).answer([
    [':status', '200'],
    ['server', 'x'],
  ]);
  assert.deepEqual(world.hear(), ['headers 3 :status=200 server=x']);
  const block = world.socket.writes.at(-1)!.subarray(9);
  assert.equal(block[0], 0x20, 'a change of the size to 0');
  assert.equal(block[1]! & 0xe0, 0x20, 'and one to the other');
});
