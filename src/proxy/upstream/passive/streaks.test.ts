import assert from 'node:assert/strict';
import { test } from 'node:test';

import { allocatePiece, SharedRow } from '../../../core/shared/shared-rows.ts';
import { ServerField } from '../../server-state.ts';
import { ProxyError } from '../../../core/errors.ts';
import { outcomeOfError, outcomeOfStatus, type Outcome } from './outcome.ts';
import { addToStreaks, endStreaks, longestStreak, type StreakLimits } from './streaks.ts';

const off: StreakLimits = { consecutiveFailures: 0, consecutiveGatewayFailures: 0, consecutiveUnanswered: 0 };

function freshRow(): SharedRow {
  return new SharedRow({ places: 1, pieces: [allocatePiece(1)] }, 0, 0);
}

/** What each of these outcomes fills. */
function run(limits: Partial<StreakLimits>, outcomes: readonly Outcome[]): (string | undefined)[] {
  const row = freshRow();
  return outcomes.map((outcome) => {
    if (outcome === 'good') {
      endStreaks(row);
      return undefined;
    }
    const full = addToStreaks(row, outcome, { ...off, ...limits });
    return full && `${full.kind} ${full.length}`;
  });
}

const none = undefined;

void test('a streak is full at its length, and begins anew', () => {
  const five: readonly Outcome[] = ['failed', 'gateway', 'unanswered', 'failed', 'failed'];
  assert.deepEqual(run({ consecutiveFailures: 2 }, five), [none, 'failures 2', none, 'failures 2', none]);
  assert.deepEqual(run({ consecutiveFailures: 1 }, five.slice(0, 2)), ['failures 1', 'failures 1']);
  assert.deepEqual(run({}, five), [none, none, none, none, none]);
});

void test('a good answer ends all streaks, and another failure ends those that it does not belong to', () => {
  assert.deepEqual(run({ consecutiveFailures: 2 }, ['failed', 'good', 'failed', 'failed']), [
    none,
    none,
    none,
    'failures 2',
  ]);
  assert.deepEqual(run({ consecutiveUnanswered: 2 }, ['unanswered', 'gateway', 'unanswered', 'unanswered']), [
    none,
    none,
    none,
    'unanswered 2',
  ]);
  assert.deepEqual(run({ consecutiveGatewayFailures: 2 }, ['unanswered', 'failed', 'gateway', 'unanswered']), [
    none,
    none,
    none,
    'gatewayFailures 2',
  ]);
});

void test('of two that are full at once the closer one is told, and both begin anew', () => {
  const limits = { consecutiveFailures: 2, consecutiveUnanswered: 2 };
  assert.deepEqual(run(limits, ['unanswered', 'unanswered', 'unanswered', 'unanswered']), [
    none,
    'unanswered 2',
    none,
    'unanswered 2',
  ]);
});

void test('the longest streak fits', () => {
  const row = freshRow();
  const limits = {
    consecutiveFailures: longestStreak,
    consecutiveGatewayFailures: longestStreak,
    consecutiveUnanswered: longestStreak,
  };
  for (let i = 1; i < longestStreak; i++) assert.equal(addToStreaks(row, 'unanswered', limits), undefined);
  assert.deepEqual(addToStreaks(row, 'unanswered', limits), { kind: 'unanswered', length: longestStreak });
  assert.equal(row.get(ServerField.streaks), 0);
});

void test('a limit that a reload has lowered below the count is passed at once', () => {
  const row = freshRow();
  for (let i = 0; i < 8; i++) addToStreaks(row, 'failed', { ...off, consecutiveFailures: 100 });
  assert.deepEqual(addToStreaks(row, 'failed', { ...off, consecutiveFailures: 3 }), { kind: 'failures', length: 9 });
});

void test('statuses count as in HAProxy, and clients never count', () => {
  const kinds = [200, 404, 499, 500, 501, 502, 503, 504, 505, 507, 599].map(outcomeOfStatus);
  const [good, failed, gateway] = ['good', 'failed', 'gateway'] as const;
  assert.deepEqual(kinds, [good, good, good, failed, good, gateway, gateway, gateway, good, failed, failed]);
  const of = (code: ConstructorParameters<typeof ProxyError>[0]): unknown => outcomeOfError(new ProxyError(code, ''));
  for (const code of ['server-refused', 'server-reset', 'server-timeout', 'server-junk', 'server-closed'] as const)
    assert.equal(of(code), 'unanswered');
  for (const code of ['client-abort', 'body-timeout', 'queue-timeout', 'internal-error', 'dns-failure'] as const)
    assert.equal(of(code), undefined);
});
