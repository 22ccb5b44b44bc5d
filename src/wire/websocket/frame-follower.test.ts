import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { closeFrame } from './close-frame.ts';
import { FrameFollower } from './frame-follower.ts';

interface Frame {
  readonly opcode: number;
  readonly final: boolean;
  readonly masked: boolean;
  readonly length: number;
}

const frames = fc.array(
  fc.record({
    opcode: fc.constantFrom(0, 1, 2, 9, 10),
    final: fc.boolean(),
    masked: fc.boolean(),
    length: fc.oneof(fc.nat(20), fc.constantFrom(0, 125, 126, 127, 300, 65_535, 65_536, 70_000)),
  }),
  { maxLength: 6 },
);

function bytesOf({ opcode, final, masked, length }: Frame): Buffer {
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended + (masked ? 4 : 0), 0xab);
  head[0] = opcode | (final ? 0x80 : 0);
  head[1] = (masked ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  // A payload that looks like heads of frames.
  return Buffer.concat([head, Buffer.alloc(length, 0x88)]);
}

/** Cuts at these places, in any order and beyond the end. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

test('a follower is between frames at their ends and nowhere else, however they are cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(100_000), { maxLength: 12 }), (list, places) => {
      const all = list.map(bytesOf);
      const ends = new Set([0]);
      let sum = 0;
      for (const { length } of all) ends.add((sum += length));
      const follower = new FrameFollower();
      let at = 0;
      for (const piece of cut(Buffer.concat(all), places)) {
        follower.follow(piece);
        at += piece.length;
        assert.equal(follower.between, ends.has(at), `at ${at}`);
      }
      assert.equal(follower.closed, false);
      assert.equal(follower.lost, false);
    }),
    { numRuns: 200 },
  );
});

test('next() stops at each end of a frame, byte for byte as well', () => {
  const all = [
    { opcode: 1, final: false, masked: true, length: 5 },
    { opcode: 9, final: true, masked: true, length: 0 },
    { opcode: 0, final: true, masked: true, length: 300 },
  ].map(bytesOf);
  const bytes = Buffer.concat(all);
  const whole = new FrameFollower();
  const stops: number[] = [];
  for (let at = 0; at < bytes.length;) {
    at = whole.next(bytes, at);
    if (whole.between) stops.push(at);
  }
  assert.deepEqual(stops, [11, 17, 17 + 308]);
  const bytewise = new FrameFollower();
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    assert.equal(bytewise.next(bytes.subarray(at, at + 1), 0), 1);
    if (bytewise.between) ends.push(at + 1);
  }
  assert.deepEqual(ends, stops);
});

test('a frame that closes counts when it is whole; a payload that looks like one does not', () => {
  const close = closeFrame(1000, Buffer.of(1, 2, 3, 4));
  const follower = new FrameFollower();
  follower.follow(bytesOf({ opcode: 2, final: true, masked: false, length: 200 }));
  assert.equal(follower.closed, false);
  follower.follow(close.subarray(0, close.length - 1));
  assert.equal(follower.closed, false);
  follower.follow(close.subarray(close.length - 1));
  assert.equal(follower.closed, true);
});

test('a frame that closes may be empty', () => {
  const follower = new FrameFollower();
  follower.follow(Buffer.of(0x88, 0x00));
  assert.equal(follower.closed, true);
  assert.equal(follower.between, true);
});

test('behind a frame that closes, and with a length beyond all numbers, a follower is lost', () => {
  const after = new FrameFollower();
  after.follow(Buffer.concat([closeFrame(1000), Buffer.from('HTTP/1.1 200 OK\r\n')]));
  assert.equal(after.lost, true);
  assert.equal(after.between, false);
  const endless = new FrameFollower();
  endless.follow(Buffer.of(0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5));
  assert.equal(endless.lost, true);
  endless.follow(Buffer.alloc(1000));
  assert.equal(endless.between, false);
  assert.equal(endless.next(Buffer.alloc(10), 3), 10);
});

test('a close frame to a server is masked, one to a client is not (RFC 6455 section 5.1)', () => {
  assert.deepEqual([...closeFrame(1001)], [0x88, 2, 0x03, 0xe9]);
  const mask = Buffer.of(0xa1, 0xb2, 0xc3, 0xd4);
  const masked = closeFrame(1001, mask);
  assert.deepEqual([...masked.subarray(0, 6)], [0x88, 0x82, ...mask]);
  assert.deepEqual([masked[6]! ^ mask[0]!, masked[7]! ^ mask[1]!], [0x03, 0xe9]);
});
