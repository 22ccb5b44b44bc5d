import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Flag, FrameType } from '../../wire/http2/codes.ts';
import { frame } from '../../wire/http2/fixtures.test.ts';
import { SessionWorld, word } from './fixtures.test.ts';

/** HEADERS with a priority that makes their stream depend on one. */
function depending(world: SessionWorld, id: number, on: number, text: string, endStream = true): Buffer {
  const plain = world.headersFrame(id, text, endStream);
  const payload = Buffer.concat([word(on), Buffer.of(16), plain.subarray(9)]);
  return frame(FrameType.Headers, plain[4]! | Flag.Priority, id, payload);
}

test('a request whose stream depends on itself is reset, and nobody is asked', () => {
  const world = new SessionWorld();
  world.read(depending(world, 1, 1, ':method=GET :scheme=http :path=/ x-kept=1'));
  assert.deepEqual(world.hear(), ['reset 1 PROTOCOL_ERROR']);
  assert.deepEqual(world.events, ['gone 1']);
  assert.equal(world.session.streams.size, 0);
});

test('the block of a stream that depends on itself is read all the same: those behind it need what it says', () => {
  const world = new SessionWorld();
  world.read(depending(world, 1, 1, ':method=GET :scheme=http :path=/ x-kept=1'));
  world.events.length = 0;
  world.headers(3, ':method=GET :scheme=http :path=/ x-kept=1', true);
  assert.deepEqual(world.events, ['opened 3 :method=GET :scheme=http :path=/ x-kept=1 end']);
});

test('what was on its way to a stream that depends on itself is dropped', () => {
  const world = new SessionWorld();
  world.read(depending(world, 1, 1, ':method=POST :scheme=http :path=/', false));
  world.hear();
  world.data(1, 'x', true);
  assert.deepEqual(world.hear(), []);
});

test('trailers whose stream depends on itself end the stream', () => {
  const world = new SessionWorld();
  const user = world.request(1, false);
  world.read(depending(world, 1, 1, 'x-sum=1'));
  assert.deepEqual(world.hear(), ['reset 1 PROTOCOL_ERROR']);
  assert.deepEqual(user.events, ['ended fault PROTOCOL_ERROR']);
});

test('a stream that depends on another one is like all others', () => {
  const world = new SessionWorld();
  world.read(depending(world, 1, 3, ':method=GET :scheme=http :path=/'));
  assert.deepEqual(world.events, ['opened 1 :method=GET :scheme=http :path=/ end']);
});

test('streams that depend on themselves without end are too much', () => {
  const world = new SessionWorld();
  for (let id = 1; id < 2100 && world.events.at(-1) !== 'broken ENHANCE_YOUR_CALM'; id += 2)
    world.read(depending(world, id, id, ':method=GET :scheme=http :path=/'));
  assert.equal(world.events.at(-1), 'broken ENHANCE_YOUR_CALM');
});

test('PRIORITY that makes a stream depend on itself resets it, and ends the connection where there has been none', () => {
  const world = new SessionWorld();
  const user = world.request(1, false);
  world.frame('Priority', 1, Buffer.concat([word(1), Buffer.of(16)]));
  assert.deepEqual(user.events, ['ended fault PROTOCOL_ERROR']);
  world.frame('Priority', 3, Buffer.concat([word(3), Buffer.of(16)]));
  assert.equal(world.events.at(-1), 'broken PROTOCOL_ERROR');
});
