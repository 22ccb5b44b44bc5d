import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pickerOf, real, serversOf, take, whyOf } from './fixtures.test.ts';

const first = { kind: 'first' } as const;

void test('the first with room is taken, in the order of the config', () => {
  const usable = serversOf(1, 9, 1);
  const picker = pickerOf(first);
  assert.equal(take(picker, usable, 2), 'aa');
  usable[0]!.full = true;
  assert.equal(take(picker, usable, 2), 'bb');
  usable[1]!.full = true;
  assert.equal(take(picker, usable, 2), 'cc');
  usable[0]!.full = false;
  assert.equal(take(picker, usable, 1), 'a');
});

void test('where all are full, or were tried, the first is taken', () => {
  const usable = serversOf(1, 1);
  const picker = pickerOf(first);
  assert.equal(picker.pick(real, usable, new Set([usable[0]!])), usable[1]);
  assert.equal(picker.pick(real, usable, new Set(usable)), usable[0]);
  for (const server of usable) server.full = true;
  assert.equal(take(picker, usable, 1), 'a');
  assert.equal(picker.pick(real, usable, new Set([usable[0]!])), usable[1]);
});

void test('the trace is told of the room', () => {
  const usable = serversOf(1, 1);
  assert.equal(whyOf(pickerOf(first), usable), 'a: pool app, first: the first with room (0 exchanges, weight 1)');
  for (const server of usable) server.full = true;
  assert.equal(whyOf(pickerOf(first), usable), 'a: pool app, first: the first of all, which are full');
});
