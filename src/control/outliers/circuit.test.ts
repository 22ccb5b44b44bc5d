import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import type { BreakerPlan } from '../../proxy/index.ts';
import { Circuit } from './circuit.ts';
import { SlidingWindow } from './sliding-window.ts';
import { noCounts, type Counts } from './wrapping-counts.ts';

const plan: BreakerPlan = {
  of: 'both',
  failureRatio: 0.5,
  minRequests: 20,
  windowMs: 10_000,
  openMs: 5000,
  halfOpen: 1,
  slow: undefined,
};

function counts(attempts: number, failed = 0, slow = 0): Counts {
  return { ...noCounts, attempts, failed, slow };
}

void test('it opens at the ratio, not below it, and not before there are enough requests', () => {
  const circuit = new Circuit(plan, 0);
  assert.equal(circuit.tick(counts(19, 19), 100), undefined);
  assert.deepEqual(circuit.tick(counts(1, 0), 200), { to: 'open', why: '19 of 20 requests in 10 s failed' });
  const other = new Circuit(plan, 0);
  assert.equal(other.tick(counts(100, 49), 100), undefined);
  assert.equal(other.state, 'closed');
  assert.equal(other.tick(counts(0, 0), 200), undefined);
  assert.equal(other.tick(counts(2, 2), 300)?.to, 'open');
});

void test('what lies behind the window counts no more', () => {
  const circuit = new Circuit(plan, 0);
  assert.equal(circuit.tick(counts(100, 40), 100), undefined);
  assert.equal(circuit.tick(counts(19, 19), 11_100), undefined);
  assert.equal(circuit.tick(counts(1, 1), 11_200)?.to, 'open');
});

void test('it is tried out when its time is over; a failure opens it again, a good answer closes it', () => {
  const circuit = new Circuit(plan, 0);
  circuit.tick(counts(20, 20), 0);
  assert.equal(circuit.tried(true, 1000), undefined, 'nobody was to try it');
  assert.equal(circuit.tick(counts(50, 50), 4999), undefined);
  assert.equal(circuit.tick(noCounts, 5000)?.to, 'half-open');
  assert.equal(circuit.tried(false, 5100)?.to, 'open');
  assert.equal(circuit.tick(noCounts, 10_099), undefined);
  assert.equal(circuit.tick(noCounts, 10_100)?.to, 'half-open');
  assert.equal(circuit.tried(true, 10_200)?.to, 'closed');
  assert.equal(circuit.tick(counts(19, 19), 10_300), undefined, 'what was before is forgotten');
});

void test('with several trials all of them have to go well', () => {
  const circuit = new Circuit({ ...plan, halfOpen: 3 }, 0);
  circuit.tick(counts(20, 20), 0);
  circuit.tick(noCounts, 5000);
  assert.deepEqual([circuit.tried(true, 5001), circuit.tried(true, 5002)], [undefined, undefined]);
  assert.equal(circuit.tried(true, 5003)?.to, 'closed');
});

void test('slow answers open it where they are to', () => {
  const circuit = new Circuit({ ...plan, slow: { overMs: 200, ratio: 0.5 } }, 0);
  assert.deepEqual(circuit.tick(counts(20, 0, 10), 100), {
    to: 'open',
    why: '10 of 20 requests in 10 s took longer than 200 ms',
  });
  assert.equal(new Circuit(plan, 0).tick(counts(20, 0, 20), 100), undefined);
});

void test('a window has what came in it, give or take a tenth', () => {
  const step = fc.record({ ms: fc.integer({ min: 0, max: 3000 }), attempts: fc.integer({ min: 0, max: 50 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const window = new SlidingWindow(1000, 0);
      const all: { at: number; attempts: number }[] = [];
      let now = 0;
      for (const { ms, attempts } of steps) {
        now += ms;
        window.add(counts(attempts), now);
        all.push({ at: now, attempts });
        const within = (span: number): number =>
          all.filter(({ at }) => at > now - span).reduce((sum, each) => sum + each.attempts, 0);
        const { attempts: found } = window.sum(now);
        assert.ok(found >= within(900) && found <= within(1001), `${within(900)} <= ${found} <= ${within(1001)}`);
      }
    }),
  );
});
