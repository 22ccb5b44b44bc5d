import assert from 'node:assert/strict';
import { test } from 'node:test';

import { shareOfKey } from './share-of-key.ts';

const keys = Array.from({ length: 20_000 }, (_, i) => `client ${i}`);

function chosen(weights: Readonly<Record<string, number>>): string[] {
  const shares = Object.entries(weights).map(([name, weight]) => ({ name, weight }));
  return keys.map((key) => shares[shareOfKey(shares, key)]!.name);
}

function countOf(name: string, all: readonly string[]): number {
  return all.filter((each) => each === name).length;
}

test('each has its share of the keys, within four times the usual deviation', () => {
  for (const share of [0.5, 0.05, 0.001]) {
    const canary = countOf('canary', chosen({ stable: 1 - share, canary: share }));
    const expected = keys.length * share;
    const sigma = Math.sqrt(keys.length * share * (1 - share));
    assert.ok(Math.abs(canary - expected) <= 4 * sigma, `${canary} of ${expected}`);
  }
});

test('a change of weights moves only keys to the one that gains', () => {
  const before = chosen({ stable: 95, canary: 5 });
  const after = chosen({ stable: 80, canary: 20 });
  for (const [i, name] of before.entries()) if (name === 'canary') assert.equal(after[i], 'canary');
});

test('one that goes gives away its own keys and moves no others', () => {
  const before = chosen({ a: 1, b: 2, c: 3 });
  const after = chosen({ a: 1, c: 3 });
  for (const [i, name] of before.entries()) if (name !== 'b') assert.equal(after[i], name);
});

test('the order does not count, and the only one has all', () => {
  assert.deepEqual(chosen({ a: 1, b: 2 }), chosen({ b: 2, a: 1 }));
  assert.equal(countOf('a', chosen({ a: 0.001 })), keys.length);
});
