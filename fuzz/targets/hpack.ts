import assert from 'node:assert/strict';

import { Headers } from '../../src/core/headers.ts';
import { HpackDecoder, hpackScratchBytes } from '../../src/wire/http2/hpack-decoder.ts';
import { HpackEncoder, roomForFields } from '../../src/wire/http2/hpack-encoder.ts';
import { Http2Code } from '../../src/wire/http2/codes.ts';
import { Http2Error } from '../../src/wire/http2/http2-error.ts';
import type { Random } from '../engine/random.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { NaiveHpack } from './naive-http2.ts';

const longest = 1000;
const scratch = Buffer.alloc(hpackScratchBytes(longest));
const wide = { listBytes: 10_000_000, fields: 100_000 };
const narrow = { listBytes: 400, fields: 6 };

const about = {
  name: 'hpack',
  about:
    'header blocks are read as a slow and obvious decoder reads them, within limits, and what is written is read back',
  seeds: () =>
    [
      '828684410f7777772e6578616d706c652e636f6d828684be58086e6f2d6361636865',
      '828684418cf1e3c2e5f23a6ba0ab90f4ff828684be5886a8eb10649cbf828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
      '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
      '3fe11f203f45400178016140017901627e01630f2f01641f2f0165bebfc0',
      '400a637573746f6d2d6b65790d637573746f6d2d686561646572bebebebe7fffff03',
    ].map((digits) => Buffer.from(digits, 'hex').toString('latin1')),
  words: [
    '\x82',
    '\x84',
    '\xbe',
    '\xbf',
    '\xc0',
    '\x20',
    '\x3f\xe1\x1f',
    '\x3f\x45',
    '\x3f\x24',
    '\x40\x01x\x01a',
    '\x7e\x01b',
  ].concat([
    '\x40\x01x\x81\x1f',
    '\xff\x80\x80\x01',
    '\x0f',
    '\x10',
    '\xff',
    '\x7f',
    '\x81\xff',
    '\x83\x00\x2e\x7f',
    '\x22aaaa',
  ]),
  longest,
};

export const hpack: Target = plainTarget(about, (input, random) => {
  const decoder = new HpackDecoder(wide, scratch);
  const small = new HpackDecoder(narrow, scratch);
  const naive = new NaiveHpack();
  const encoder = new HpackEncoder(random.pick([0, 100, 4096]));
  const reader = new HpackDecoder(wide, scratch);
  for (const block of blocksOf(input, random)) {
    const found = decoded(decoder, block);
    assert.deepEqual(found, naiveFields(naive, block), 'an obvious decoder reads something else');
    const some = decoded(small, block);
    if (found === undefined) return assert.equal(some, undefined, 'what is broken is so, however small the limits');
    checkLimits(small, found, some);
    assert.equal(decoder.tableBytes, naive.tableBytes);
    assert.equal(small.tableBytes, naive.tableBytes, 'limits change the table');
    assert.ok(decoder.tableBytes <= 4096);
    checkWritten(encoder, reader, found);
  }
});

type Pair = readonly [name: string, value: string];

/** Undefined: the block is broken. */
function decoded(decoder: HpackDecoder, block: Buffer): Pair[] | undefined {
  try {
    decoder.decode({ buffer: block, from: 0, to: block.length });
  } catch (error) {
    if (!(error instanceof Http2Error)) throw error;
    assert.equal(error.code, Http2Code.CompressionError);
    return undefined;
  }
  return decoder.fields.map(({ name, value }) => [name, value]);
}

function naiveFields(naive: NaiveHpack, block: Buffer): Pair[] | undefined {
  try {
    return naive.decode(block);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function checkLimits(decoder: HpackDecoder, all: readonly Pair[], some: readonly Pair[] | undefined): void {
  assert.ok(some !== undefined, 'broken by small limits');
  assert.ok(some.length <= narrow.fields);
  const bytes = some.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  assert.ok(bytes <= narrow.listBytes);
  assert.equal(decoder.tooLarge, some.length < all.length);
}

/** What an encoder makes of it is read as the same, whatever its table holds. */
function checkWritten(encoder: HpackEncoder, reader: HpackDecoder, pairs: readonly Pair[]): void {
  const headers = new Headers();
  for (const [name, value] of pairs) if (!dropped.has(name.toLowerCase())) headers.add(name, value);
  const out = Buffer.alloc(roomForFields(headers) + 8);
  encoder.begin(out, 0);
  encoder.fields(headers);
  assert.ok(encoder.end <= out.length, 'more room than was foreseen');
  assert.deepEqual(
    decoded(reader, out.subarray(0, encoder.end)),
    headers.names.map((name, i) => [name.toLowerCase(), headers.values[i]]),
  );
}

const dropped = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

function blocksOf(input: Buffer, random: Random): Buffer[] {
  const step = random.pick([5, 20, 60, longest]);
  const blocks: Buffer[] = [];
  for (let at = 0; at < input.length;) {
    const end = at + 1 + random.int(step);
    blocks.push(Buffer.from(input.subarray(at, end)));
    at = end;
  }
  return blocks;
}
