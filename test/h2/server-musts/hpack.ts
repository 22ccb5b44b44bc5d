import assert from 'node:assert/strict';

import { hpackInteger, hpackText, plainBlock } from '../raw/frames.ts';
import { request } from '../raw/raw-h2-client.ts';
import type { Must } from './must.ts';

/** A block that cannot be read, with a good request in front. */
function bad(section: string, rule: string, ...bytes: readonly number[]): Must {
  return {
    section,
    rule,
    send: (client, path) =>
      client.block(1, Buffer.concat([plainBlock(request(path)), Buffer.from(bytes)]), { endStream: true }),
    see: { goaway: 'COMPRESSION_ERROR' },
  };
}

/** A request and this block behind; the server is to find `wanted` in it. */
function good(section: string, rule: string, block: Buffer, wanted: RegExp): Must {
  return {
    section,
    rule,
    send: (client, path) => client.block(1, Buffer.concat([plainBlock(request(path)), block]), { endStream: true }),
    see: { check: async (client) => assert.match((await client.message(1)).body.toString(), wanted) },
  };
}

const name = hpackText('x-test');
const value = hpackText('some value');
/** `custom-key: custom-value`, Huffman-coded (RFC 7541 C.4.3). */
const huffman = Buffer.from('408825a849e95ba97d7f8925a849e95bb8e8b4bf', 'hex');

/** Header compression (RFC 7541). */
export const hpackMusts: readonly Must[] = [
  good('7541 6.1', 'Fields of the static table are known', Buffer.of(0x90), /accept-encoding: gzip, deflate/i),
  good(
    '7541 6.2.1',
    'A literal that is indexed',
    Buffer.concat([Buffer.of(0x40), name, value]),
    /x-test: some value\n/i,
  ),
  good(
    '7541 6.2.1',
    'A literal that is indexed, and its index',
    Buffer.concat([Buffer.of(0x40), name, value, Buffer.of(0xbe)]),
    /x-test: some value\n/i,
  ),
  good(
    '7541 6.2.2',
    'A literal that is not indexed',
    Buffer.concat([Buffer.of(0), name, value]),
    /x-test: some value\n/i,
  ),
  good(
    '7541 6.2.3',
    'A literal that may never be indexed',
    Buffer.concat([Buffer.of(0x10), name, value]),
    /x-test: some value\n/i,
  ),
  good(
    '7541 6.2.1',
    'A literal whose name is an index',
    Buffer.concat([Buffer.of(0x7a), value]),
    /user-agent: some value\n/i,
  ),
  good('7541 5.2', 'Huffman-coded names and values', huffman, /custom-key: custom-value\n/i),
  good(
    '7541 4.4',
    'A field that is larger than the table empties it, and is no error',
    Buffer.concat([
      Buffer.of(0x40),
      name,
      hpackText('v'.repeat(5000)),
      Buffer.of(0x40),
      hpackText('x-next'),
      value,
      Buffer.of(0xbe),
    ]),
    /x-next: some value\n.*x-next: some value|x-next: some value, some value|x-next: some value\n/is,
  ),
  {
    section: '7541 4.2',
    rule: 'The size of the table may change at the beginning of a block, and twice',
    send: (client, path) =>
      client.block(1, Buffer.concat([Buffer.of(0x20), hpackInteger(0x20, 5, 4096), plainBlock(request(path))]), {
        endStream: true,
      }),
    see: { status: '200' },
  },
  {
    section: '7541 4.3',
    rule: 'A table that has been made smaller has forgotten what does not fit',
    send: async (client, path) => {
      client.block(1, Buffer.concat([plainBlock(request(path)), Buffer.of(0x40), name, value]), { endStream: true });
      await client.message(1);
      client.block(3, Buffer.concat([Buffer.of(0x20), plainBlock(request(path)), Buffer.of(0xbe)]), {
        endStream: true,
      });
    },
    see: { goaway: 'COMPRESSION_ERROR' },
  },
  bad('7541 2.3.3', 'An index behind both tables is COMPRESSION_ERROR', 0xbe),
  bad('7541 2.3.3', 'An index far behind both tables is COMPRESSION_ERROR', 0xff, 0xff, 0x03),
  bad('7541 2.3.3', 'The index of a name behind both tables is COMPRESSION_ERROR', 0x7e, 0x01, 0x61),
  bad('7541 6.1', 'Index 0 is COMPRESSION_ERROR', 0x80),
  bad('7541 4.2', 'A change of the size within a block is COMPRESSION_ERROR', 0x20),
  bad('7541 5.1', 'An integer that is too large is COMPRESSION_ERROR', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f),
  bad('7541 5.1', 'An integer that does not end is COMPRESSION_ERROR', 0xff, 0x80),
  bad(
    '7541 5.1',
    'An integer with zeros without end is COMPRESSION_ERROR',
    0xff,
    0x80,
    0x80,
    0x80,
    0x80,
    0x80,
    0x80,
    0x00,
  ),
  bad('7541 5.2', 'A string that is longer than its block is COMPRESSION_ERROR', 0, 1, 0x61, 5, 0x61),
  bad('7541 5.2', 'Huffman padding of more than 7 bits is COMPRESSION_ERROR', 0, 1, 0x61, 0x82, 0x1f, 0xff),
  bad('7541 5.2', 'Huffman padding with zeros is COMPRESSION_ERROR', 0, 1, 0x61, 0x81, 0x18),
  bad('7541 5.2', 'EOS in a string is COMPRESSION_ERROR', 0, 1, 0x61, 0x84, 0xff, 0xff, 0xff, 0xff),
  {
    section: '7541 6.3',
    rule: 'A table larger than was allowed is COMPRESSION_ERROR',
    send: (client, path) =>
      client.block(1, Buffer.concat([hpackInteger(0x20, 5, 4097), plainBlock(request(path))]), { endStream: true }),
    see: { goaway: 'COMPRESSION_ERROR' },
  },
  {
    section: '7541 4.2',
    rule: 'A server whose table is to be smaller says so at the beginning of its next block',
    send: async (client, path) => {
      client.settings([1, 0]);
      await client.roundTrip();
      client.headers(1, request(path), { endStream: true });
    },
    see: {
      check: async (client) => {
        await client.message(1);
        const { payload } = await client.expect('Headers', { id: 1 });
        assert.equal(payload[0], 0x20);
      },
    },
  },
];
