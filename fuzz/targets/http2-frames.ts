import assert from 'node:assert/strict';

import type { ByteSpan } from '../../src/wire/http2/byte-span.ts';
import { FrameReader } from '../../src/wire/http2/frame-reader.ts';
import type { FrameSink } from '../../src/wire/http2/frame-sink.ts';
import { FrameWriter } from '../../src/wire/http2/frame-writer.ts';
import { Http2Error } from '../../src/wire/http2/http2-error.ts';
import type { Role } from '../../src/wire/http2/settings.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { contentOf, readFramesNaively } from './naive-http2.ts';
import { piecesOf } from './outcome.ts';

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const settings = '\0\0\0\x04\0\0\0\0\0';
const limits = { blockBytes: 300, continuations: 4 };

const about = {
  name: 'http2-frames',
  about: 'frames are read alike however they are split, and as an obvious reader finds them, or the connection ends',
  seeds,
  words: [
    ...Array.from({ length: 18 }, (_, type) => `\0\0\0${String.fromCharCode(type)}\x04\0\0\0\x01`),
    ...['\0\0\x04\x08\0\0\0\0\0\0\0\0\x01', '\0\0\x05\0\x09\0\0\0\x01\x02ab\0\0', '\0\0\x01\x01\0\0\0\0\x01\x82'],
    ...[
      '\0\0\x01\x09\x04\0\0\0\x01\x82',
      '\x80\0\0\x01',
      '\x7f\xff\xff\xff',
      '\0\0\0\0',
      '\xff\xff\xff\xff',
      '\0\x40\x01',
    ],
  ],
  longest: 1500,
};

export const http2Frames: Target = plainTarget(about, (input, random) => {
  const role = random.pick<Role>(['server', 'client']);
  const whole = read([Buffer.from(input)], role);
  const split = read(piecesOf(input, random), role);
  if (whole.error === undefined) assert.deepEqual(split, whole, 'split or not');
  else assert.deepEqual([split.told, split.error], [whole.told, whole.error], 'split or not');
  if (whole.told.length > 0) checkNaive(whole.told, whole.error === undefined, framesIn(input, role));
});

interface Reading {
  /** Of each DATA frame and header block that is complete. */
  readonly told: string[];
  readonly error: number | undefined;
  readonly midway: boolean;
}

function read(pieces: readonly Buffer[], role: Role): Reading {
  const told: string[] = [];
  const reader = new FrameReader(role, limits, sinkFor(told));
  try {
    for (const piece of pieces) reader.read(piece);
  } catch (error) {
    if (!(error instanceof Http2Error)) throw error;
    assert.match(error.message, /^Cannot .*[^.]$/);
    return { told, error: error.code, midway: reader.midway };
  }
  return { told, error: undefined, midway: reader.midway };
}

function sinkFor(told: string[]): FrameSink {
  let data = '';
  let due = 0;
  return {
    onDataStart: (_streamId, length) => {
      due = length;
      data = '';
    },
    onData: (_streamId, bytes) => {
      assert.ok(bytes.length > 0, 'no bytes');
      data += bytes.toString('hex');
    },
    onDataEnd: (streamId, end) => {
      assert.ok(data.length / 2 <= due, 'more bytes than were announced');
      told.push(`data ${streamId} ${data} ${end}`);
    },
    onHeaders: (streamId, { buffer, from, to }, end) => {
      assert.ok(to - from <= limits.blockBytes, 'a block over its limit');
      told.push(`headers ${streamId} ${buffer.toString('hex', from, to)} ${end}`);
    },
    onReset: (streamId) => assert.ok(streamId % 2 === 1),
    onSetting: (_id, value) => assert.ok(value >= 0),
    onSettingsEnd: () => {},
    onSettingsAck: () => {},
    onPing: ({ from, to }: ByteSpan) => assert.equal(to - from, 8),
    onGoaway: (_last, _code, debug) => assert.ok(debug.length <= 256),
    onWindowUpdate: (_streamId, increment) => assert.ok(increment > 0 && increment < 2 ** 31),
    onPriorityUpdate: (streamId, value) => assert.ok(streamId % 2 === 1 && value.length <= 256),
    onIgnored: () => {},
    onStreamFault: (streamId) => assert.ok(streamId > 0),
  };
}

function framesIn(input: Buffer, role: Role): string[] {
  const found: string[] = [];
  let block = '';
  let end = false;
  for (const each of readFramesNaively(role === 'server' ? input.subarray(preface.length) : input)) {
    const { type, flags, streamId } = each;
    const content = contentOf(each);
    if (type === 0) found.push(`data ${streamId} ${content} ${(flags & 1) === 1}`);
    if (type === 1) end = (flags & 1) === 1;
    if (type === 1) block = content;
    if (type === 9) block += content;
    if ((type === 1 || type === 9) && (flags & 4) !== 0) found.push(`headers ${streamId} ${block} ${end}`);
  }
  return found;
}

/** All that is complete is told; with an error, all before it. */
function checkNaive(told: readonly string[], complete: boolean, found: readonly string[]): void {
  assert.deepEqual(told, complete ? found : found.slice(0, told.length), 'an obvious reader finds others');
}

function seeds(): string[] {
  const writer = new FrameWriter(Buffer.alloc(1000));
  const lent = { buffer: Buffer.from('12345678'), from: 0, to: 8 };
  writer.settings([
    [3, 100],
    [4, 65_535],
  ]);
  writer.settingsAck();
  writer.beginHeaders();
  writer.endHeaders(1, writer.end + 9 + 5, false);
  writer.data(1, lent, true);
  writer.ping(lent, false);
  writer.windowUpdate(0, 1000);
  writer.priorityUpdate(3, 'u=1, i');
  writer.rstStream(1, 8);
  writer.goaway(1, 0, 'bye');
  const frames = writer.buffer.toString('latin1', 0, writer.end);
  const cut = '\0\0\x01\x01\x01\0\0\0\x05\x82\0\0\x01\x09\0\0\0\0\x05\x86\0\0\x01\x09\x04\0\0\0\x05\x84';
  const padded = '\0\0\x06\0\x09\0\0\0\x01\x03ab\0\0\0\0\0\x0a\x01\x2d\0\0\0\x03\x02\0\0\0\0\x10\x82\x86\0\0';
  return [
    preface + settings + padded,
    settings + padded,
    preface + frames,
    settings + frames,
    preface + settings + cut,
    settings + cut,
  ];
}
