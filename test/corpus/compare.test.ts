import assert from 'node:assert/strict';
import { test } from 'node:test';

import { requestCases, responseCases } from './cases.ts';
import { categoriesOf } from './compare-categories.ts';
import type { Result, Verdict } from './compare-run.ts';
import { betterElsewhere, tableOf, type Column } from './compare-table.ts';

function columnOf(name: string, ...verdicts: readonly Verdict[]): Column {
  const results = verdicts.map((verdict, i): Result => ({ name: `case ${i}`, verdict, words: 'words' }));
  return { name, version: '1', results };
}

const categories = new Map([
  ['case 0', 'first'],
  ['case 1', 'second'],
  ['case 2', 'second'],
]);

test('a table counts by category and by verdict', () => {
  const columns = [
    columnOf('A', 'as-expected', 'as-expected', 'as-expected'),
    columnOf('B', 'as-expected', 'unsafe', 'other'),
  ];
  assert.deepEqual(tableOf(columns, categories).split('\n'), [
    '| category | cases | A 1 | B 1 |',
    '|---|--:|---|---|',
    '| first | 1 | 1 | 1 |',
    '| second | 2 | 2 | 0 / 1 / 0 / 1 |',
    '| **all** | 3 | 3 | 1 / 1 / 0 / 1 |',
    '',
  ]);
});

test('what another proxy does better than the first one is told', () => {
  const columns = [
    columnOf('A', 'as-expected', 'other', 'unsafe'),
    columnOf('B', 'other', 'as-expected', 'unsafe'),
    columnOf('C', 'other', 'as-expected', 'other'),
  ];
  assert.deepEqual(betterElsewhere(columns), ['case 1 (other: words): B, C']);
});

test('every case has a category', () => {
  for (const [folder, cases] of [
    ['requests', requestCases()],
    ['responses', responseCases()],
  ] as const) {
    const known = categoriesOf(folder);
    assert.deepEqual(
      cases.filter(({ name }) => !known.has(name)),
      [],
    );
  }
});
