import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionWorld } from './fixtures.test.ts';

test('frames for a stream that the peer reset are answered by a reset', () => {
  const world = new SessionWorld();
  world.request(1, false);
  world.reset(1);
  world.data(1, 'x');
  world.headers(1, 'a=b', true);
  assert.deepEqual(world.hear(), ['reset 1 STREAM_CLOSED', 'reset 1 STREAM_CLOSED']);
  assert.equal(world.events.at(-1), 'gone 1');
});

test('a stream that is given up at its very end is closed, and no reset is sent', () => {
  const world = new SessionWorld();
  for (const [id, end] of [
    [1, (): unknown => world.data(1, 'x', true)],
    [3, (): unknown => world.headers(3, 'x-sum=1', true)],
  ] as const) {
    const user = world.request(id, false);
    user.answer();
    user.source.sink!.end();
    world.hear();
    user.sink.during = (event) => event === 'end' && user.stream.reset(0);
    end();
    assert.deepEqual(world.hear(), []);
    assert.equal(user.stream.gone, true);
  }
});

test('frames for a stream that we reset are dropped', () => {
  const world = new SessionWorld();
  world.request(1, false).stream.reset(8);
  world.data(1, 'x');
  world.headers(1, 'a=b', true);
  world.reset(1);
  assert.deepEqual(world.hear(), ['reset 1 CANCEL']);
});

test('frames for a stream that we reset are dropped until the peer has reset it too', () => {
  const world = new SessionWorld();
  world.request(1, false).stream.reset(0);
  world.data(1, 'x');
  world.reset(1);
  world.hear();
  world.data(1, 'x');
  world.headers(1, 'a=b', true);
  assert.deepEqual(world.hear(), ['reset 1 STREAM_CLOSED', 'reset 1 STREAM_CLOSED']);
});

for (const [what, send] of [
  ['DATA', (world: SessionWorld): unknown => world.data(1, 'x')],
  ['HEADERS', (world: SessionWorld): unknown => world.headers(1, 'a=b', true)],
] as const)
  test(`${what} for a stream that has ended ends the connection with STREAM_CLOSED`, () => {
    const world = new SessionWorld();
    const user = world.request(1);
    user.answer();
    user.source.sink!.end();
    world.hear();
    send(world);
    assert.deepEqual(world.hear(), ['goaway 1 STREAM_CLOSED']);
    assert.equal(world.events.at(-1), 'broken STREAM_CLOSED');
  });

for (const [what, send] of [
  ['DATA', (world: SessionWorld): unknown => world.data(5, 'x')],
  ['RST_STREAM', (world: SessionWorld): unknown => world.reset(5)],
  ['WINDOW_UPDATE', (world: SessionWorld): unknown => world.windowUpdate(5, 1)],
] as const)
  test(`${what} for a stream that nobody has opened ends the connection with PROTOCOL_ERROR`, () => {
    const world = new SessionWorld();
    world.request(1, false);
    send(world);
    assert.deepEqual(world.hear(), ['goaway 1 PROTOCOL_ERROR']);
  });

test('a number that has been passed over opens no stream', () => {
  const world = new SessionWorld();
  world.request(5, false);
  world.request(3, false);
  assert.deepEqual(world.hear(), ['goaway 5 PROTOCOL_ERROR']);
});

test('RST_STREAM and WINDOW_UPDATE for a stream that has ended are passed over', () => {
  const world = new SessionWorld();
  const user = world.request(1);
  user.answer();
  user.source.sink!.end();
  world.hear();
  world.reset(1);
  world.windowUpdate(1, 100);
  world.frame('PriorityUpdate', 0, '\0\0\0\x01u=1');
  assert.deepEqual(world.hear(), []);
});

test('a PRIORITY of a wrong length for a stream that never was, ends the connection and resets nothing', () => {
  const world = new SessionWorld();
  world.request(5, false);
  world.frame('Priority', 2, 'abcd');
  assert.deepEqual(world.hear(), ['goaway 5 FRAME_SIZE_ERROR']);
});

test('a connection whose numbers are used up leaves', () => {
  const world = new SessionWorld();
  world.request(0x7fff_ffff);
  assert.equal(world.session.leaving, true);
});
