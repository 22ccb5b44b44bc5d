import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultPriority, parsePriority } from './priority.ts';
import { readDictionary } from './structured-dictionary.ts';

for (const [value, urgency, incremental] of [
  [undefined, 3, false],
  ['', 3, false],
  ['u=0', 0, false],
  ['u=7, i', 7, true],
  ['u=7,i', 7, true],
  ['i', 3, true],
  ['i, u=1', 1, true],
  ['i=?1', 3, true],
  ['i=?0', 3, false],
  ['u=1, u=5', 5, false],
  ['u=8', 3, false],
  ['u=-1, i', 3, true],
  ['u=1.0', 3, false],
  ['u="1"', 3, false],
  ['u', 3, false],
  ['i=1', 3, false],
  [' u=2  ,\t i;x;y="a,b" ', 2, true],
  ['u=2, other=(1 "a" t;p ?1 :YQ==: @1), x=%"a%c3%a4", i', 2, true],
  ['u=2,', 3, false],
  ['u=2 i', 3, false],
  ['u=, i', 3, false],
  ['U=2', 3, false],
  ['u=2, x="a', 3, false],
  ['u=2, x=(1', 3, false],
  ['u=2, x=(1"a")', 3, false],
  [',u=2', 3, false],
  ['\tu=2', 3, false],
  ['u=1234567890123456', 3, false],
  [`u=1${','.repeat(300)}`, 3, false],
  [`u=1, x="${'y'.repeat(300)}"`, 3, false],
] as const) {
  test(`RFC 9218 4: ${JSON.stringify(value)?.slice(0, 60)} is ${urgency}${incremental ? ', incremental' : ''}`, () => {
    assert.deepEqual(parsePriority(value), { urgency, incremental });
  });
}

test('the default is that of RFC 9218', () => {
  assert.deepEqual(defaultPriority, { urgency: 3, incremental: false });
});

test('readDictionary() takes whatever comes, and what is taken has names', () => {
  const words = fc.constantFrom(
    'u',
    'i',
    '=',
    ',',
    ';',
    ' ',
    '(',
    ')',
    '"',
    '\\',
    '?1',
    '1',
    '1.5',
    ':YQ==:',
    '@1',
    '%"',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 20 }), (parts) => {
      const text = parts.join('');
      const members = readDictionary(text);
      if (members !== undefined && text.trim() !== '') assert.ok(members.size > 0);
      parsePriority(text);
    }),
    { numRuns: 2000 },
  );
});
