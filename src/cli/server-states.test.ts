import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PosternStatus } from '../control/controlled.ts';
import { serverStates } from './server-states.ts';

type Server = PosternStatus['servers'][number];

const plain: Server = {
  pool: 'app',
  server: 'http://a',
  operator: 'ready',
  health: 'unknown',
  ejected: false,
  weight: 1,
  usable: true,
  since: '2026-11-21T08:00:00.000Z',
  changes: {},
  lastCheck: undefined,
  checks: undefined,
  word: undefined,
};

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no other part of a status is read
const statusOf = (...servers: readonly Server[]): PosternStatus =>
  ({ servers, startedAt: '2026-11-21T08:00:00.000Z', uptimeMs: 3_900_000 }) as unknown as PosternStatus;

void test('serverStates() says nothing while nobody looks after servers', () => {
  assert.equal(serverStates(statusOf(plain)), '');
});

void test('serverStates() shows state, since when, and the last check in words', () => {
  const result = { at: '2026-11-21T09:04:59.000Z', ok: false, ms: 3.5, why: 'answered 503, expected 200-399' };
  const checks = { passed: 3, failed: 4, history: [result] };
  const down: Server = { ...plain, server: 'http://b', health: 'down', usable: false, lastCheck: result, checks };
  const slow: Server = { ...plain, weight: 0.25, health: 'up', word: { ok: true, why: '25%' } };
  const drained: Server = { ...plain, server: 'http://c', operator: 'drain', ejected: true };
  assert.equal(
    serverStates(statusOf({ ...slow, since: '2026-11-21T09:04:56.500Z' }, down, drained)),
    `POOL  SERVER    STATE           FOR        WEIGHT  LAST CHECK
app   http://a  up              3.5 s      0.25    says: 25%
app   http://b  down            1 h 5 min  1       answered 503, expected 200-399 (3.5 ms)
app   http://c  drain, ejected  1 h 5 min  1       -`,
  );
});

void test('serverStates() says why a server is ejected, and until when', () => {
  const ejection = {
    why: '5 attempts in a row got no answer',
    kind: 'unanswered',
    until: '2026-11-21T09:10:00.000Z',
    times: 1,
  } as const;
  const text = serverStates(statusOf({ ...plain, ejected: true, usable: false, ejection }));
  assert.match(text, /ejected .* ejected until 2026-11-21T09:10:00.000Z: 5 attempts in a row got no answer$/);
});
