import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { readGrpcTimeout, writeGrpcTimeout } from './grpc-timeout.ts';

const cases: readonly (readonly [text: string, ms: number])[] = [
  ['1H', 3_600_000],
  ['2M', 120_000],
  ['3S', 3000],
  ['40m', 40],
  ['5000u', 5],
  ['6000000n', 6],
  ['0m', 0],
  ['00000001S', 1000],
  ['99999999H', 359_999_996_400_000],
];

for (const [text, ms] of cases) {
  void test(`readGrpcTimeout() reads ${text}`, () => assert.ok(Math.abs(readGrpcTimeout(text)! - ms) < 1e-6));
}

void test('readGrpcTimeout() ignores what is no time', () => {
  for (const text of [
    '',
    'S',
    '1',
    '1s',
    '1h',
    '123456789S',
    '-1S',
    '+1S',
    '1.5S',
    ' 1S',
    '1 S',
    '1S ',
    '1Sm',
    '١S',
    '1\u0000S',
  ])
    assert.equal(readGrpcTimeout(text), undefined, JSON.stringify(text));
});

void test('readGrpcTimeout() takes nothing but one to eight digits and a unit', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (text) => {
      assert.equal(readGrpcTimeout(text) !== undefined, /^[0-9]{1,8}[HMSmun]$/.test(text));
    }),
  );
});

void test('writeGrpcTimeout() writes what can be read again: never more, and less by a part in ten million at most', () => {
  const times = fc.double({ min: 0.001, max: 359_999_000_000_000, noNaN: true });
  fc.assert(
    fc.property(times, (ms) => {
      const text = writeGrpcTimeout(ms);
      const read = readGrpcTimeout(text);
      assert.ok(read !== undefined && read <= ms * (1 + 1e-12), `${text} for ${ms}`);
      // The finest unit that has room: one of the digits that it has not would have been kept.
      assert.ok(ms - read <= Math.max(0.001, ms * 3.7e-5), `${text} for ${ms}`);
    }),
    { numRuns: 500 },
  );
});

void test('writeGrpcTimeout() leaves the least that can be said where nothing is left', () => {
  for (const ms of [0, -5, 0.0001, -Infinity]) assert.equal(writeGrpcTimeout(ms), '1n');
  assert.equal(writeGrpcTimeout(1e30), '99999999H');
});
