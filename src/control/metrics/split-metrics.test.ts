import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Exposition } from './exposition.ts';
import { writeSplits } from './split-metrics.ts';

test('writeSplits() has the weight of each pool as it is now, and how often they were changed', () => {
  const out = new Exposition();
  const shares = [
    { pool: 'stable', planned: 95, weight: 80 },
    { pool: 'canary', planned: 5, weight: 20.5 },
  ];
  writeSplits(out, { routes: ['www'], get: () => shares, changesOf: () => 3 });
  const lines = out.text().split('\n');
  assert.ok(lines.includes('postern_split_weight{route="www",pool="stable"} 80'));
  assert.ok(lines.includes('postern_split_weight{route="www",pool="canary"} 20.5'));
  assert.ok(lines.includes('postern_split_changes_total{route="www"} 3'));
});
