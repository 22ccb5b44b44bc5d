import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { samePlain } from './same-plain.ts';

const leaf = fc.constantFrom(undefined, null, 0, -0, Number.NaN, '', 'a', true, false);
const tree = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any'), { maxKeys: 3 }),
  ),
})).any;

test('samePlain() says of plain data what isDeepStrictEqual says', () => {
  fc.assert(
    fc.property(tree, tree, (a, b) => {
      assert.equal(samePlain(a, b), isDeepStrictEqual(a, b));
      assert.equal(samePlain(a, structuredClone(a)), isDeepStrictEqual(a, structuredClone(a)));
    }),
    { numRuns: 500 },
  );
});

test('samePlain() tells a member that is missing from one that is undefined', () => {
  assert.equal(samePlain({ a: undefined }, { b: undefined }), false);
  assert.equal(samePlain({ a: undefined, b: 1 }, { b: 1 }), false);
  assert.equal(samePlain({ a: undefined }, { a: undefined }), true);
});

test('samePlain() compares what is no plain data by what it holds', () => {
  assert.equal(samePlain(new Map([['a', 1]]), new Map([['a', 1]])), true);
  assert.equal(samePlain(new Map([['a', 1]]), new Map([['a', 2]])), false);
  assert.equal(samePlain(new Uint8Array([1]), new Uint8Array([2])), false);
  assert.equal(samePlain([], {}), false);
  assert.equal(samePlain({}, []), false);
});
