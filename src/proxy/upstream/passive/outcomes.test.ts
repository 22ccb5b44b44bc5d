import assert from 'node:assert/strict';
import { test } from 'node:test';

import { allocatePiece, SharedRow } from '../../../core/shared/shared-rows.ts';
import type { DataEvent } from '../../data-event.ts';
import type { BreakerPlan, OutliersPlan, PassivePlan } from '../../passive-plan.ts';
import { ServerField } from '../../server-state.ts';
import { Outcomes } from './outcomes.ts';

const names = { pool: 'app', server: 'a' };
const outliers: OutliersPlan = {
  consecutiveFailures: 3,
  consecutiveGatewayFailures: 0,
  consecutiveUnanswered: 0,
  intervalMs: 10_000,
  baseMs: 1000,
  maxMs: 1000,
  jitterMs: 0,
  maxEjected: 10,
  successRate: undefined,
  failurePercentage: undefined,
  latency: undefined,
};
const breaker: BreakerPlan = {
  of: 'pool',
  failureRatio: 0.5,
  minRequests: 1,
  windowMs: 1000,
  openMs: 1000,
  halfOpen: 1,
  slow: { overMs: 100, ratio: 0.5 },
};

interface World {
  readonly row: SharedRow;
  readonly outcomes: Outcomes;
  readonly told: DataEvent[];
  readonly words: () => number[];
}

function world(plan: PassivePlan | undefined): World {
  const row = new SharedRow({ places: 1, pieces: [allocatePiece(1)] }, 0, 0);
  const told: DataEvent[] = [];
  const outcomes = new Outcomes(row, (event) => void told.push(event));
  outcomes.follow(plan, names);
  const { streaks, attempts, failed, slow, latency, timed } = ServerField;
  const words = (): number[] => [streaks, attempts, failed, slow, latency, timed].map((field) => row.get(field));
  return { row, outcomes, told, words };
}

void test('main hears of a full streak once, and of the next one after a while', () => {
  const { outcomes, told } = world({ outliers, breaker: undefined });
  for (let i = 0; i < 12; i++) outcomes.add('failed', 1, 1000);
  const event: DataEvent = { kind: 'streak', ...names, streak: 'failures', length: 3 };
  assert.deepEqual(told, [event]);
  for (let i = 0; i < 3; i++) outcomes.add('failed', 1, 1020);
  assert.deepEqual(told, [event, event]);
});

void test('nothing is written for a good answer where only streaks matter, and nothing at all without a plan', () => {
  const streaks = world({ outliers, breaker: undefined });
  streaks.outcomes.add('good', 5, 0);
  assert.deepEqual(streaks.words(), [0, 0, 0, 0, 0, 0]);
  streaks.outcomes.add('failed', 5, 0);
  assert.notEqual(streaks.words()[0], 0);
  streaks.outcomes.add('good', 5, 0);
  assert.deepEqual(streaks.words(), [0, 0, 0, 0, 0, 0]);
  const nothing = world(undefined);
  for (let i = 0; i < 9; i++) nothing.outcomes.add('failed', 1, 0);
  assert.deepEqual([nothing.words(), nothing.told], [[0, 0, 0, 0, 0, 0], []]);
});

void test('attempts, failures and slow answers are counted where rates matter', () => {
  const { outcomes, words } = world({ outliers: undefined, breaker });
  outcomes.add('good', 5, 0);
  outcomes.add('good', 100.1, 0);
  outcomes.add('failed', 500, 0);
  outcomes.add('unanswered', -1, 0);
  assert.deepEqual(words(), [0, 4, 2, 2, 0, 0]);
});

void test('times are counted where they are compared, but for those that say nothing of the server', () => {
  const latency = { factor: 3, overMs: 1, minServers: 2, minRequests: 1 };
  const { outcomes, words } = world({ outliers: { ...outliers, latency }, breaker: undefined });
  outcomes.add('good', 1.26, 0);
  outcomes.add('good', -1, 0);
  outcomes.add('good', 0, 0);
  assert.deepEqual(words(), [0, 3, 0, 0, 13, 2]);
});
