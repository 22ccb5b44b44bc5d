import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenerPlan } from '../../fixtures.test.ts';
import { plainHttp2 } from '../../plan.ts';
import { ConnectionWaits, type Over } from './connection-waits.ts';

/** headMs 5000, keepAliveMs 7000, writeMs 6000. */
const { timeouts } = listenerPlan();
const http2 = { ...plainHttp2, pingAfterMs: 3000, pingTimeoutMs: 1000 };
const between = { greeted: true, midway: false };

/** Begun at 1000, and greeted then. */
function greeted(): ConnectionWaits {
  const waits = new ConnectionWaits(1000);
  waits.bytesCame(1000);
  waits.readTo(between, 1000);
  return waits;
}

/** Asserts what is over at its time, and that nothing is before; the deadline is set to that time. */
function overAt(waits: ConnectionWaits, at: number, streams: number, what: Over): void {
  assert.equal(waits.due(streams, timeouts, http2), at);
  assert.equal(waits.over(at - 1, streams, timeouts, http2), undefined);
  assert.equal(waits.over(at, streams, timeouts, http2), what);
}

test('the preface has headMs, however it trickles', () => {
  const waits = new ConnectionWaits(1000);
  assert.equal(waits.begun, false);
  waits.bytesCame(3000);
  waits.readTo({ greeted: false, midway: true }, 3000);
  assert.equal(waits.begun, true);
  overAt(waits, 6000, 0, 'head');
});

test('a header block has headMs from its first byte, also while streams are at work', () => {
  const waits = greeted();
  waits.readTo({ greeted: true, midway: true }, 2000);
  waits.bytesCame(6500);
  waits.readTo({ greeted: true, midway: true }, 6500);
  assert.equal(waits.headBegan(6600), 2000);
  assert.equal(waits.over(7000, 1, timeouts, { ...http2, pingAfterMs: 0 }), 'head');
  overAt(waits, 7000, 0, 'head');
  waits.readTo(between, 6900);
  assert.equal(waits.headBegan(6950), 6950);
  overAt(waits, 8000, 0, 'idle');
});

test('without streams it is over after keepAliveMs, which bytes do not lengthen', () => {
  const waits = greeted();
  waits.bytesCame(5000);
  overAt(waits, 8000, 0, 'idle');
  waits.workEnded(9000);
  overAt(waits, 16_000, 0, 'idle');
});

test('with streams, silence is asked about; what comes lengthens it, and an answer ends the question', () => {
  const waits = greeted();
  waits.workBegan(2000);
  overAt(waits, 4000, 1, 'silence');
  waits.bytesCame(3500);
  overAt(waits, 6500, 1, 'silence');
  waits.pinged(6500);
  overAt(waits, 7500, 1, 'pong');
  waits.bytesCame(7000);
  waits.pingCame();
  waits.looked(7000);
  overAt(waits, 10_000, 1, 'silence');
});

test('whatever comes while an answer to the question is awaited shows that the client is there', () => {
  const waits = greeted();
  waits.workBegan(2000);
  waits.pinged(4000);
  waits.bytesCame(4800);
  waits.looked(4800);
  assert.equal(waits.over(5000, 1, timeouts, http2), undefined);
  overAt(waits, 5800, 1, 'pong');
});

test('a client in front of which our bytes wait is not asked, and not late', () => {
  const waits = greeted();
  waits.workBegan(2000);
  waits.excuse(3900);
  assert.equal(waits.over(4000, 1, timeouts, http2), undefined);
  waits.pinged(6900);
  waits.excuse(7800);
  waits.looked(7800);
  overAt(waits, 8800, 1, 'pong');
});

test('pingAfterMs 0 never asks; every writeMs there is a look', () => {
  const waits = greeted();
  waits.workBegan(2000);
  const never = { ...http2, pingAfterMs: 0 };
  assert.equal(waits.due(3, timeouts, never), 8000);
  assert.equal(waits.over(8000, 3, timeouts, never), 'look');
  waits.looked(8000);
  assert.equal(waits.moved, false);
  assert.equal(waits.due(3, timeouts, never), 14_000);
});
