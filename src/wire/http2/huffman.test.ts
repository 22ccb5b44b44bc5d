import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { codeLengths, codes } from './huffman-code.ts';
import { decodeHuffman } from './huffman-decode.ts';
import { encodeHuffman, huffmanLength } from './huffman-encode.ts';

/** Some rows of RFC 7541 appendix B: the first and last of each region. */
const rows = [
  [0, 0x1ff8, 13],
  [10, 0x3fff_fffc, 30],
  [32, 0x14, 6],
  [48, 0x0, 5],
  [92, 0x7_fff0, 19],
  [97, 0x3, 5],
  [122, 0x7b, 7],
  [128, 0xf_ffe6, 20],
  [199, 0x1ff_ffec, 25],
  [249, 0xfff_fffe, 28],
  [255, 0x3ff_ffee, 26],
  [256, 0x3fff_ffff, 30],
] as const;

for (const [symbol, code, length] of rows) {
  test(`the code of ${symbol} is that of RFC 7541 appendix B`, () => {
    assert.equal(codes[symbol], code);
    assert.equal(codeLengths[symbol], length);
  });
}

test('the code uses up all bits: each string of bits means something', () => {
  assert.equal(codeLengths.length, 257);
  assert.equal(
    codeLengths.reduce((sum, length) => sum + 2 ** -length, 0),
    1,
  );
});

test('what is encoded is decoded, and as long as was said', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      const coded = Buffer.alloc(1000);
      const end = encodeHuffman(text, coded, 3);
      assert.equal(end - 3, huffmanLength(text));
      const decoded = Buffer.alloc(1000);
      const length = decodeHuffman(coded, 3, end, decoded, 0);
      assert.equal(decoded.toString('latin1', 0, length), text);
    }),
  );
});

test('any bytes are refused, or are what would be written for what was read', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 5 }), (bytes) => {
      const decoded = Buffer.alloc(20);
      const length = decodeHuffman(bytes, 0, bytes.length, decoded, 0);
      if (length < 0) return;
      taken++;
      const coded = Buffer.alloc(20);
      const end = encodeHuffman(decoded.toString('latin1', 0, length), coded, 0);
      assert.deepEqual([...coded.subarray(0, end)], [...bytes]);
    }),
    { numRuns: 5000 },
  );
  assert.ok(taken > 100);
});
