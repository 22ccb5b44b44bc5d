import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionGate } from './accept/connection-gate.ts';
import { ClientCrowd } from './client-crowd.ts';

function crowdOf(...busy: readonly boolean[]) {
  const drained: number[] = [];
  const gate = new ConnectionGate();
  for (let i = 0; i < busy.length; i++) gate.enter('192.0.2.1');
  const members = busy.map((each, i) => ({ exchanges: each ? 1 : 0, drain: () => void drained.push(i) }));
  return { drained, gate, crowd: new ClientCrowd(gate, members) };
}

test('under a ceiling nobody more comes in, and without one they do', () => {
  const { gate, crowd, drained } = crowdOf(true, false, false);
  assert.equal(crowd.open, 3);
  crowd.hold(3);
  assert.equal(gate.enter('192.0.2.2'), 'overloaded');
  gate.leave('192.0.2.1');
  assert.equal(gate.enter('192.0.2.2'), 'ok');
  assert.deepEqual(drained, []);
  crowd.hold(Number.POSITIVE_INFINITY);
  assert.equal(gate.enter('192.0.2.2'), 'ok');
});

test('of those that are too many, the oldest that do nothing are closed', () => {
  const { crowd, drained } = crowdOf(true, false, true, false, false);
  crowd.hold(3);
  assert.deepEqual(drained, [1, 3]);
});
