import assert from 'node:assert/strict';
import { test } from 'node:test';

import { table } from './table.ts';

test('table() never lets a cell speak to the terminal', () => {
  assert.equal(table([['a\u001B[2J\nb', 'c']]), 'a?[2J?b  c');
});
