import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProxyError } from '../../../core/errors.ts';
import { Headers } from '../../../core/headers.ts';
import { allocatePiece, SharedRow } from '../../../core/shared/shared-rows.ts';
import { Trace } from '../../../core/trace.ts';
import { answerFor } from '../../error-answer.ts';
import type { DataEvent } from '../../data-event.ts';
import { exchangeOf, KeepReply } from '../../fixtures.test.ts';
import type { ProxyResponse } from '../../exchange.ts';
import type { BreakerPlan } from '../../passive-plan.ts';
import { PoolField } from '../../server-state.ts';
import { readBreaker, writeBreaker } from './breaker-word.ts';
import { PoolBreaker } from './pool-breaker.ts';
import { Probe } from './probe.ts';

const plan: BreakerPlan = {
  of: 'pool',
  failureRatio: 0.5,
  minRequests: 1,
  windowMs: 1000,
  openMs: 10_000,
  halfOpen: 2,
  slow: { overMs: 100, ratio: 0.5 },
};
const date = 1_700_000_000_000;

interface World {
  readonly row: SharedRow;
  readonly breaker: PoolBreaker;
  readonly told: DataEvent[];
  readonly clock: { ms: number; now: () => number; date: () => number };
}

function world(): World {
  const row = new SharedRow({ places: 1, pieces: [allocatePiece(1)] }, 0, 0);
  const told: DataEvent[] = [];
  const clock = {
    ms: 0,
    now: (): number => clock.ms,
    date: (): number => date + clock.ms,
  };
  const tell = (event: DataEvent): void => void told.push(event);
  return { row, told, clock, breaker: new PoolBreaker({ pool: 'app', plan, row, clock, tell }) };
}

function answer(status: number): ProxyResponse {
  return { status, reason: '', headers: new Headers(), body: undefined, announcedLength: '0' };
}

function probeOf({ breaker }: World): Probe {
  const probe = breaker.admit(exchangeOf());
  assert.ok(probe instanceof Probe);
  return probe;
}

void test('a closed breaker lets all through and costs nothing', () => {
  const { breaker, row } = world();
  assert.equal(breaker.admit(exchangeOf()), undefined);
  assert.equal(row.get(PoolField.probes), 0);
});

void test('an open one refuses with the time that is left in whole seconds', () => {
  const { breaker, row, clock } = world();
  writeBreaker(row, { state: 'open', until: date + 9500 });
  assert.deepEqual(readBreaker(row), { state: 'open', until: date + 10_000 });
  clock.ms = 2100;
  const error = breaker.admit(exchangeOf());
  assert.ok(error instanceof ProxyError);
  assert.deepEqual([error.code, error.status, error.retryAfterS], ['breaker-open', 503, 8]);
  assert.equal(answerFor(error, 'id', 'GET').headers.get('Retry-After'), '8');
  clock.ms = -3_600_000;
  assert.equal((breaker.admit(exchangeOf()) as ProxyError).retryAfterS, 10, 'the date was set back');
  clock.ms = 60_000;
  assert.equal((breaker.admit(exchangeOf()) as ProxyError).retryAfterS, 1, 'main is late');
});

void test('a half-open one lets as many through at once as it may, and hears how each ends', () => {
  const site = world();
  writeBreaker(site.row, { state: 'half-open' });
  const [first, second] = [probeOf(site), probeOf(site)];
  assert.ok(site.breaker.admit(exchangeOf()) instanceof ProxyError);
  const reply = new KeepReply();
  first.listen(reply).respond(answer(404));
  assert.equal(reply.response?.status, 404);
  assert.deepEqual(site.told, [{ kind: 'probe', pool: 'app', ok: true }]);
  second.listen(new KeepReply()).fail(new ProxyError('server-reset', 'gone'));
  assert.deepEqual(site.told[1], { kind: 'probe', pool: 'app', ok: false });
  assert.equal(site.row.get(PoolField.probes), 0);
});

void test('a probe that nobody can judge says nothing, and gives its place back once', () => {
  const site = world();
  writeBreaker(site.row, { state: 'half-open' });
  const probe = probeOf(site);
  let aborted = 0;
  const work = probe.guard({ abort: () => void (aborted += 1) });
  work.abort(new ProxyError('client-abort', 'gone'));
  work.abort(new ProxyError('client-abort', 'gone'));
  probe.listen(new KeepReply()).respond(answer(200));
  assert.equal(aborted, 2);
  probeOf(site).listen(new KeepReply()).fail(new ProxyError('body-timeout', 'slow client'));
  assert.deepEqual([site.told, site.row.get(PoolField.probes)], [[], 0]);
});

void test('errors of the server and slow answers are no good probes', () => {
  const site = world();
  writeBreaker(site.row, { state: 'half-open' });
  probeOf(site).listen(new KeepReply()).respond(answer(503));
  const slow = probeOf(site);
  site.clock.ms = 101;
  slow.listen(new KeepReply()).respond(answer(200));
  assert.deepEqual(
    site.told.map((event) => event.kind === 'probe' && event.ok),
    [false, false],
  );
});

void test('a dry exchange takes no place, and is told what would be', () => {
  const site = world();
  writeBreaker(site.row, { state: 'half-open' });
  const trace = new Trace();
  assert.equal(site.breaker.admit(exchangeOf({ dry: true, trace })), undefined);
  assert.equal(site.row.get(PoolField.probes), 0);
  assert.match(JSON.stringify(trace.notes), /half open/);
});
