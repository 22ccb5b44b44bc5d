import assert from 'node:assert/strict';
import { test } from 'node:test';

import { KeyedHash } from './keyed-hash.ts';

void test('texts that differ little fall apart, and another key makes another hash', () => {
  const [one, other] = [new KeyedHash([1, 2]), new KeyedHash([1, 3])];
  const seen = new Set<string>();
  const buckets = new Set<number>();
  for (let i = 0; i < 65_536; i++) {
    const { low, high } = one.of(`10.0.${i >> 8}.${i & 255}`);
    seen.add(`${low}:${high}`);
    buckets.add(low & 1023);
  }
  assert.equal(seen.size, 65_536);
  assert.equal(buckets.size, 1024);
  assert.notEqual(one.of('a').high, other.of('a').high);
  assert.deepEqual([one.of('a').low, one.low], [one.low, one.of('a').low]);
});
