import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Exposition } from './exposition.ts';

void test('a metric has its help and type, and its samples their labels, escaped', () => {
  const text = new Exposition()
    .metric('x_total', 'counter', 'Line one\nand a \\.')
    .sample('x_total', {}, 1.5)
    .sample('x_total', { route: 'a "b"\\\n', le: '0.1' }, 9_007_199_254_740_991)
    .metric('y', 'gauge', 'Y.')
    .sample('y', {}, Infinity)
    .sample('y', { a: '' }, NaN)
    .text();
  assert.deepEqual(text.split('\n'), [
    '# HELP x_total Line one\\nand a \\\\.',
    '# TYPE x_total counter',
    'x_total 1.5',
    'x_total{route="a \\"b\\"\\\\\\n",le="0.1"} 9007199254740991',
    '# HELP y Y.',
    '# TYPE y gauge',
    'y +Inf',
    'y{a=""} NaN',
    '',
  ]);
});
