import assert from 'node:assert/strict';
import { test } from 'node:test';

import { effectiveState, isUsable } from './effective-state.ts';
import type { ServerRecord } from './server-record.ts';
import { silent } from './server-word.ts';

const plain: ServerRecord = {
  operator: 'ready',
  health: 'up',
  ejected: false,
  weight: undefined,
  share: 1,
  said: silent,
};
const plan = { weight: 4 };

void test('of what the operator and the server itself want, the one counts that gives it less to do', () => {
  const operators = ['ready', 'drain', 'maint'] as const;
  for (const [i, operator] of operators.entries()) {
    for (const [j, own] of operators.entries()) {
      const { operator: found } = effectiveState({ ...plain, operator, said: { ...silent, operator: own } }, plan);
      assert.equal(found, operators[Math.max(i, j)]);
    }
  }
});

void test('a server that says that it is down is down, and its word that it is up counts for nothing', () => {
  const state = (health: ServerRecord['health'], own: ServerRecord['health']): string =>
    effectiveState({ ...plain, health, said: { ...silent, health: own } }, plan).health;
  assert.deepEqual([state('up', 'down'), state('down', 'up'), state('unknown', 'up')], ['down', 'down', 'unknown']);
});

void test('all that lowers a weight lowers it together; the operator’s goes before the server’s own', () => {
  const weight = (parts: Partial<ServerRecord>): number => effectiveState({ ...plain, ...parts }, plan).weight;
  assert.equal(weight({ share: 0.5, said: { ...silent, share: 0.5 } }), 1);
  assert.equal(weight({ said: { ...silent, weight: 10 } }), 10);
  assert.equal(weight({ weight: 2, said: { ...silent, weight: 10, share: 0.5 } }), 1);
});

void test('isUsable() is false for whatever keeps requests away', () => {
  const usable = (parts: Partial<ServerRecord>): boolean => isUsable(effectiveState({ ...plain, ...parts }, plan));
  assert.ok(usable({}) && usable({ health: 'unknown' }));
  for (const parts of [
    { operator: 'drain' },
    { operator: 'maint' },
    { health: 'down' },
    { ejected: true },
    { weight: 0 },
  ] as const)
    assert.ok(!usable(parts), JSON.stringify(parts));
});
