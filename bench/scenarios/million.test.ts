import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthOf } from './million.ts';

const at = (rss: (requests: number) => number): { requests: number; rssBytes: number }[] =>
  Array.from({ length: 21 }, (_, i) => ({ requests: i * 50_000, rssBytes: rss(i * 50_000) }));

test('growthOf() does not count what a process takes to warm up', () => {
  assert.equal(
    growthOf(
      at((n) => Math.min(n, 200_000)),
      1_000_000,
    ),
    0,
  );
});

test('growthOf() sees a leak of so many bytes a request, and no saw teeth', () => {
  const leak =
    growthOf(
      at((n) => 16 * n),
      1_000_000,
    ) ?? 0;
  assert.ok(leak > 8_000_000);
  assert.equal(
    growthOf(
      at((n) => ((n / 50_000) % 2) * 1e6),
      1_000_000,
    ),
    0,
  );
});

test('growthOf() has no answer without samples after the warm-up', () => {
  assert.equal(growthOf([{ requests: 0, rssBytes: 1 }], 1_000_000), undefined);
});
