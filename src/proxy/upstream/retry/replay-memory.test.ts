import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplayMemory } from './replay-memory.ts';

test('take() refuses what would be more than all, and give() makes room', () => {
  const memory = new ReplayMemory(100);
  assert.ok(memory.take(60));
  assert.ok(!memory.take(41));
  assert.ok(memory.take(40));
  memory.give(60);
  assert.equal(memory.used, 40);
  assert.ok(memory.take(60));
});
