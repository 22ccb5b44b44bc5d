import assert from 'node:assert/strict';
import { test } from 'node:test';

import { allocatePiece, SharedRow } from '../../core/shared/shared-rows.ts';
import { ServerField, type OutliersPlan } from '../../proxy/index.ts';
import { findOutliers, type ServerSample } from './find-outliers.ts';
import { noCounts, WrappingCounts } from './wrapping-counts.ts';

const nothing: OutliersPlan = {
  consecutiveFailures: 0,
  consecutiveGatewayFailures: 0,
  consecutiveUnanswered: 0,
  intervalMs: 10_000,
  baseMs: 30_000,
  maxMs: 300_000,
  jitterMs: 0,
  maxEjected: 10,
  successRate: undefined,
  failurePercentage: undefined,
  latency: undefined,
};

function samples(each: readonly (readonly [attempts: number, failed: number, ms?: number])[]): ServerSample[] {
  return each.map(([attempts, failed, ms = 0], i) => ({
    server: 'abcdefghij'[i]!,
    counts: { ...noCounts, attempts, failed, timed: attempts, latencyMs: ms * attempts },
  }));
}

const rate: OutliersPlan = { ...nothing, successRate: { minServers: 5, minRequests: 100, stdevFactor: 1.9 } };

void test('success rates: out is what lies 1.9 standard deviations below the mean', () => {
  // 100, 100, 100, 100, 50: mean 90, deviation 20, so 52 is the least.
  const found = findOutliers(
    samples([
      [100, 0],
      [100, 0],
      [100, 0],
      [100, 0],
      [100, 50],
    ]),
    rate,
  );
  assert.deepEqual(found, [
    { server: 'e', kind: 'successRate', why: "50 % of its requests went well, of all servers' 90 % do" },
  ]);
  // One of four is never 1.9 deviations off: 100, 100, 100, 0 have the deviation 43.3.
  const four: OutliersPlan = { ...rate, successRate: { minServers: 4, minRequests: 100, stdevFactor: 1.9 } };
  assert.deepEqual(
    findOutliers(
      samples([
        [100, 0],
        [100, 0],
        [100, 0],
        [100, 100],
      ]),
      four,
    ),
    [],
  );
});

void test('success rates: all alike are no outliers, however bad', () => {
  assert.deepEqual(
    findOutliers(
      samples([
        [100, 90],
        [100, 90],
        [100, 90],
        [100, 90],
        [100, 90],
      ]),
      rate,
    ),
    [],
  );
});

void test('success rates: too few servers or requests say nothing', () => {
  assert.deepEqual(
    findOutliers(
      samples([
        [100, 0],
        [100, 0],
        [100, 0],
        [99, 0],
        [100, 100],
      ]),
      rate,
    ),
    [],
  );
  assert.deepEqual(findOutliers([], rate), []);
});

void test('failure percentage: out is who reaches the threshold, worst first', () => {
  const plan = { ...nothing, failurePercentage: { threshold: 85, minServers: 3, minRequests: 50 } };
  const found = findOutliers(
    samples([
      [100, 85],
      [100, 84],
      [49, 49],
      [50, 50],
    ]),
    plan,
  );
  assert.deepEqual(
    found.map(({ server, why }) => [server, why]),
    [
      ['d', '100 % of its requests failed'],
      ['a', '85 % of its requests failed'],
    ],
  );
});

void test('latency: out is who is slower than the median of the others by the factor, and slow at all', () => {
  const latency = { factor: 3, overMs: 100, minServers: 3, minRequests: 10 };
  const of = (...ms: readonly number[]): string =>
    findOutliers(samples(ms.map((each) => [10, 0, each])), { ...nothing, latency })
      .map(({ server }) => server)
      .join('');
  assert.equal(of(50, 60, 181), 'c');
  assert.equal(of(50, 60, 160), '');
  assert.equal(of(1, 2, 90), '', 'nobody minds');
  assert.equal(of(50, 500), '', 'too few to compare');
  assert.equal(of(10, 20, 800, 900), 'dc');
  assert.equal(of(10, 800, 900), '', 'most of them are slow');
});

void test('one server is found once, by the first of the rules', () => {
  const plan = { ...rate, failurePercentage: { threshold: 40, minServers: 2, minRequests: 1 } };
  const found = findOutliers(
    samples([
      [100, 0],
      [100, 0],
      [100, 0],
      [100, 0],
      [100, 50],
    ]),
    plan,
  );
  assert.deepEqual(
    found.map(({ server, kind }) => [server, kind]),
    [['e', 'successRate']],
  );
});

void test('what threads count is read as differences, also where the words wrap', () => {
  const row = new SharedRow({ places: 1, pieces: [allocatePiece(1)] }, 0, 0);
  row.set(ServerField.attempts, 0x7f_ff_ff_ff);
  const counts = new WrappingCounts(row);
  row.add(ServerField.attempts, 3);
  row.add(ServerField.failed, 1);
  row.add(ServerField.latency, 25);
  row.add(ServerField.timed, 2);
  assert.deepEqual(counts.take(), { attempts: 3, failed: 1, slow: 0, latencyMs: 2.5, timed: 2 });
  assert.deepEqual(counts.take(), noCounts);
});
