import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Http2Code } from './codes.ts';
import { blockOf, decodeLines, decoderOf, hex, spanOf } from './fixtures.test.ts';
import { hpackCases } from './hpack-cases.test.ts';
import { HpackEncoder } from './hpack-encoder.ts';
import { Http2Error } from './http2-error.ts';

for (const { section, rule, blocks, fields, tableSize } of hpackCases) {
  test(`RFC 7541 ${section}: ${rule}`, () => {
    const decoder = decoderOf(undefined, tableSize);
    for (const block of blocks.slice(0, -1)) decodeLines(decoder, hex(block));
    const last = hex(blocks.at(-1)!);
    if (fields !== undefined) assert.deepEqual(decodeLines(decoder, last), fields);
    else assert.throws(() => decodeLines(decoder, last), isCompressionError);
  });
}

test('RFC 9113 4.3.1: after a smaller table was allowed, the next block must begin with obedience', () => {
  const disobedient = decoderOf();
  disobedient.allowTable(100);
  assert.throws(() => decodeLines(disobedient, hex('82')), isCompressionError);
  const obedient = decoderOf();
  obedient.allowTable(100);
  assert.deepEqual(decodeLines(obedient, hex('3f45 82')), [':method: GET']);
  obedient.allowTable(200);
  assert.deepEqual(decodeLines(obedient, hex('82')), [':method: GET'], 'a larger one need not be used');
});

test('a list over its limit is told, cut, and the table is right afterwards', () => {
  const decoder = decoderOf({ listBytes: 200, fields: 20 });
  const block = Buffer.concat([hex(`400178 64 ${'61'.repeat(100)}`), hex('be be 40017901 62')]);
  assert.equal(decoder.decode(spanOf(block)), false);
  assert.equal(decoder.tooLarge, true);
  assert.equal(decoder.fields.length, 1);
  assert.deepEqual(decodeLines(decoder, hex('be')), ['y: b']);
  assert.equal(decoder.tooLarge, false);
});

test('more fields than are allowed are told', () => {
  const decoder = decoderOf({ listBytes: 4096, fields: 3 });
  assert.equal(decoder.decode(spanOf(hex('82828282'))), false);
  assert.equal(decoder.fields.length, 3);
  assert.equal(decoder.decode(spanOf(hex('828282'))), true);
});

test('a bomb of a large entry and many indices keeps no more than the limit', () => {
  const decoder = decoderOf({ listBytes: 32_768, fields: 100 });
  const length = 4000;
  const bomb = Buffer.concat([hex('400178 7fa11e'), Buffer.alloc(length, 'a'), Buffer.alloc(60_000, 0xbe)]);
  assert.equal(decoder.decode(spanOf(bomb)), false);
  assert.ok(decoder.fields.length < 10);
  assert.ok(decoder.tableBytes <= 4096);
});

test('many small entries keep no more than the table allows', () => {
  const decoder = decoderOf({ listBytes: 1000, fields: 100 });
  decoder.decode(spanOf(Buffer.from('40017901 62'.replaceAll(' ', '').repeat(10_000), 'hex')));
  assert.equal(decoder.tableBytes, Math.floor(4096 / 34) * 34);
});

test('what nobody may index is told with its field', () => {
  const decoder = decoderOf();
  decodeLines(decoder, hex('1001 78 01 61 0001 79 01 62'));
  assert.deepEqual(
    decoder.fields.map(({ neverIndexed }) => neverIndexed),
    [true, false],
  );
});

test('forget() lets the last block go', () => {
  const decoder = decoderOf();
  decodeLines(decoder, hex('4001780161'));
  decoder.forget();
  assert.equal(decoder.fields.length, 0);
  assert.deepEqual(decodeLines(decoder, hex('be')), ['x: a']);
});

test('a name by the index of a field with a bad value is a good name', () => {
  const decoder = decoderOf();
  decodeLines(decoder, hex('4001 78 01 0a 7e 01 61'));
  assert.deepEqual(
    decoder.fields.map(({ fault }) => fault !== undefined),
    [true, false],
  );
});

test('a block that ends anywhere within a field is refused', () => {
  const block = blockOf(new HpackEncoder(), [
    ['x-first', 'one value that is long enough'],
    ['x-second', 'another, also long'],
  ]);
  const decoder = decoderOf();
  let whole = 0;
  for (let end = 1; end < block.length; end++) {
    try {
      decodeLines(decoder, block.subarray(0, end));
      whole++;
    } catch (error) {
      assert.ok(isCompressionError(error));
    }
  }
  assert.equal(whole, 1, 'only behind the first field');
});

function isCompressionError(error: unknown): boolean {
  return error instanceof Http2Error && error.code === Http2Code.CompressionError;
}
