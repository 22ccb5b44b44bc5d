import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoopClock } from './loop-clock.ts';

function setUp(): {
  machine: { now: () => number; date: () => number; ms: number; epoch: number; reads: number };
  clock: LoopClock;
} {
  const machine = {
    ms: 500,
    epoch: 1_700_000_000_000,
    reads: 0,
    now: () => {
      machine.reads++;
      return machine.ms;
    },
    date: () => machine.epoch + machine.ms,
  };
  return { machine, clock: new LoopClock(machine) };
}

test('now() stands still within a turn, and asks the machine for nothing', () => {
  const { machine, clock } = setUp();
  const { reads } = machine;
  machine.ms += 1000;
  for (let i = 0; i < 100; i++) assert.equal(clock.now(), 500);
  assert.equal(machine.reads, reads);
});

test('refresh() brings time and date up', () => {
  const { machine, clock } = setUp();
  machine.ms += 1000;
  clock.refresh();
  assert.equal(clock.now(), 1500);
  assert.equal(clock.date(), 1_700_000_001_500);
});

test('a date that was set is told from the next refreshDate() on, and moves no deadline', () => {
  const { machine, clock } = setUp();
  machine.epoch -= 3_600_000;
  clock.refresh();
  assert.equal(clock.date(), 1_700_000_000_500);
  clock.refreshDate();
  assert.equal(clock.date(), 1_699_996_400_500);
  assert.equal(clock.now(), 500);
});
