import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Headers } from '../../core/headers.ts';
import { blockOf, decodeLines, decoderOf } from './fixtures.test.ts';
import { HpackEncoder, roomForFields } from './hpack-encoder.ts';

const limits = { listBytes: 1_000_000, fields: 1000 };

test('a field that hardly changes is indexed at once', () => {
  const encoder = new HpackEncoder();
  assert.ok(blockOf(encoder, [['Server', 'nginx']]).length > 1);
  assert.equal(blockOf(encoder, [['Server', 'nginx']]).toString('hex'), 'be');
  assert.equal(blockOf(encoder, [['server', 'other']])[0], 0x40 | 54, 'its name is of the static table');
});

test('a field that may change is indexed when it comes again', () => {
  const encoder = new HpackEncoder();
  const first = blockOf(encoder, [['x-thing', 'value']]);
  assert.equal(first[0], 0);
  const second = blockOf(encoder, [['x-thing', 'value']]);
  assert.equal(second[0], 0x40);
  assert.equal(blockOf(encoder, [['x-thing', 'value']]).toString('hex'), 'be');
  const fourth = blockOf(encoder, [['x-thing', 'another']]);
  assert.equal(fourth[0], 0x0f, 'its name by an index, not indexed');
});

test('what is different each time leaves the table alone', () => {
  const encoder = new HpackEncoder();
  for (let i = 0; i < 100; i++)
    blockOf(encoder, [
      ['etag', `"${i}"`],
      ['content-length', '7'],
      [':path', `/${i}`],
    ]);
  assert.equal(encoder.tableBytes, 0);
});

for (const name of ['Authorization', 'cookie', 'Set-Cookie', 'proxy-authorization', 'x-api-key']) {
  test(`${name} is never indexed, by anyone`, () => {
    const encoder = new HpackEncoder();
    for (let i = 0; i < 3; i++) assert.equal(blockOf(encoder, [[name, 'secret']])[0]! & 0xf0, 0x10);
    assert.equal(encoder.tableBytes, 0);
  });
}

test('secret() never indexes whatever it is', () => {
  const encoder = new HpackEncoder();
  const out = Buffer.alloc(100);
  encoder.begin(out, 0);
  encoder.secret('x-thing', 'value');
  assert.equal(out[0], 0x10);
  const decoder = decoderOf();
  assert.deepEqual(decodeLines(decoder, out.subarray(0, encoder.end)), ['x-thing: value']);
});

test('fields of HTTP/1 connections are not written', () => {
  const names = ['Connection', 'Keep-Alive', 'Proxy-Connection', 'Transfer-Encoding', 'Upgrade', 'UPGRADE'];
  assert.equal(
    blockOf(
      new HpackEncoder(),
      names.map((name) => [name, 'x'] as const),
    ).length,
    0,
  );
});

for (const [status, block] of [
  [200, '88'],
  [204, '89'],
  [206, '8a'],
  [304, '8b'],
  [400, '8c'],
  [404, '8d'],
  [500, '8e'],
] as const) {
  test(`status() ${status} is one byte`, () => {
    const encoder = new HpackEncoder();
    const out = Buffer.alloc(10);
    encoder.begin(out, 0);
    encoder.status(status);
    assert.equal(out.toString('hex', 0, encoder.end), block);
  });
}

test('status() writes any other, and only once in full', () => {
  const encoder = new HpackEncoder();
  const out = Buffer.alloc(10);
  encoder.begin(out, 2);
  encoder.status(302);
  assert.deepEqual(decodeLines(decoderOf(), out.subarray(2, encoder.end)), [':status: 302']);
  encoder.begin(out, 0);
  encoder.status(302);
  assert.equal(encoder.end, 1);
});

test('limitTable() tells the peer, the smallest and the last size', () => {
  const encoder = new HpackEncoder();
  blockOf(encoder, [['server', 'nginx']]);
  encoder.limitTable(0);
  assert.equal(encoder.tableBytes, 0);
  encoder.limitTable(100);
  const block = blockOf(encoder, [['server', 'nginx']]);
  assert.equal(block.toString('hex', 0, 3), '203f45');
  encoder.limitTable(1_000_000);
  assert.equal(blockOf(encoder, []).toString('hex'), '3fe11f', 'our own limit holds');
  assert.equal(blockOf(encoder, []).length, 0, 'once');
});

test('a smaller limit of our own is told first of all', () => {
  assert.equal(blockOf(new HpackEncoder(0), [['server', 'x']]).toString('hex'), '200f270178');
});

test('a field that would take more than half of the table is not indexed', () => {
  const encoder = new HpackEncoder();
  blockOf(encoder, [['server', 'x'.repeat(3000)]]);
  assert.equal(encoder.tableBytes, 0);
});

test('names without end leave memory bounded, and what is written right', () => {
  const encoder = new HpackEncoder();
  const decoder = decoderOf(limits);
  for (let i = 0; i < 2000; i++) {
    const field = [`x-${i % 300}`, `${i % 7}`] as const;
    assert.deepEqual(decodeLines(decoder, blockOf(encoder, [field, field, field])), Array(3).fill(field.join(': ')));
  }
  assert.ok(encoder.tableBytes <= 4096);
});

const names = fc.oneof(
  fc.constantFrom('server', 'Date', 'content-type', 'Set-Cookie', 'vary', 'x-a', ':path', ':method', 'accept-encoding'),
  fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/).filter((name) => !forbidden.has(name)),
);
const values = fc.oneof(
  fc.constantFrom('', 'nginx', 'text/html', 'GET', '/', 'gzip, deflate'),
  fc.stringMatching(/^[\x21-\x7e\x80-\xff]{0,80}$/),
);
const forbidden = new Set([
  'connection',
  'upgrade',
  'keep-alive',
  'transfer-encoding',
  'proxy-connection',
  'http2-settings',
]);
const lists = fc.array(fc.array(fc.tuple(names, values), { maxLength: 12 }), { maxLength: 12 });
const sizes = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 12 });

test('what is encoded is decoded, whatever the table does meanwhile', () => {
  fc.assert(
    fc.property(lists, sizes, (blocks, tables) => {
      const encoder = new HpackEncoder();
      const decoder = decoderOf(limits, 5000);
      decoder.allowTable(5000);
      for (const [i, fields] of blocks.entries()) {
        if (tables[i] !== undefined) encoder.limitTable(tables[i]);
        const lines = decodeLines(decoder, blockOf(encoder, fields));
        assert.deepEqual(
          lines,
          fields.map(([name, value]) => `${name.toLowerCase()}: ${value}`),
        );
        assert.equal(decoder.tableBytes, encoder.tableBytes);
      }
    }),
    { numRuns: 300 },
  );
});

test('roomForFields() is enough for the worst', () => {
  const headers = new Headers();
  for (let i = 0; i < 50; i++) headers.add(`x-\xff${i}`, '\x01'.repeat(i * 20));
  const encoder = new HpackEncoder();
  encoder.limitTable(0);
  encoder.limitTable(4000);
  const out = Buffer.alloc(roomForFields(headers));
  encoder.begin(out, 0);
  encoder.fields(headers);
  assert.ok(encoder.end <= out.length);
});
