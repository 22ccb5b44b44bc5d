import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mutate } from './mutate.ts';
import { Random } from './random.ts';

const message = 'POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello';
const other = 'GET /b HTTP/1.1\r\nHost: a.test\r\n\r\n';

test('a mutant is the same again for the same number, and nearly always another message', () => {
  const mutants = Array.from({ length: 500 }, (_, i) => mutate(message, Random.of(1, i), other));
  const again = Array.from({ length: 500 }, (_, i) => mutate(message, Random.of(1, i), other));
  assert.deepEqual(again, mutants);
  assert.ok(new Set(mutants).size > 400, `${new Set(mutants).size} kinds of 500`);
  assert.ok(mutants.filter((mutant) => mutant === message).length < 50);
});

test('mutants are bytes, and bounded', () => {
  for (let i = 0; i < 500; i++) {
    const mutant = mutate(message + 'x'.repeat(99_950), Random.of(2, i), other.repeat(1000));
    assert.ok(mutant.length <= 100_000);
    assert.doesNotMatch(mutant, /[^\0-\xff]/);
  }
});

test('nothing is too short to be mutated', () => {
  for (let i = 0; i < 200; i++) assert.equal(typeof mutate('', Random.of(3, i), ''), 'string');
});
