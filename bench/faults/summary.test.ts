import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { LoadResult } from './load.ts';
import { judge, summarize } from './summary.ts';

const well: LoadResult = {
  requests: 8000,
  us: 8e6,
  connect: 0,
  read: 0,
  write: 0,
  timeout: 0,
  status: 0,
  p50: 1000,
  p99: 10_000,
  max: 20_000,
};

test('summarize() takes medians of errors and p99, and says the worst run and what kinds of errors there were', () => {
  const runs = [
    { ...well, status: 3, p99: 12_000 },
    { ...well, read: 1, p99: 8000, max: 90_000 },
    { ...well, timeout: 1, status: 7 },
  ];
  assert.deepEqual(summarize('kill', 'nginx', runs), {
    fault: 'kill',
    proxy: 'nginx',
    errors: 3,
    mostErrors: 8,
    p99Ms: 10,
    maxMs: 90,
    perSecond: 1000,
    kinds: '1 read, 1 timeout, 10 status',
  });
});

test('judge() holds Postern to no error, and to the better of the others, each in errors and in p99', () => {
  const summaries = [
    summarize('kill', 'postern', [{ ...well, status: 2, p99: 11_000 }]),
    summarize('kill', 'haproxy', [{ ...well, status: 9, p99: 9000 }]),
    summarize('kill', 'nginx', [{ ...well, status: 1, p99: 30_000 }]),
    summarize('slow', 'nginx', [well]),
  ];
  const found = judge('kill', summaries).map(({ value, limit }) => [value, limit]);
  assert.deepEqual(found.slice(0, 2), [
    [2, 0],
    [2, 1],
  ]);
  assert.ok(Math.abs(found[2]![1]! - 10.8) < 1e-9);
});

test('judge() compares with nobody where nobody else was measured, and says nothing without Postern', () => {
  assert.equal(judge('kill', [summarize('kill', 'postern', [well])]).length, 1);
  assert.deepEqual(judge('kill', [summarize('kill', 'nginx', [well])]), []);
});
