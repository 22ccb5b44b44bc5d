import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TurnedTime } from './fixtures.test.ts';
import { Recurring } from './recurring.ts';
import { Slots } from './slots.ts';

void test('the distance is from beginning to beginning, give or take a twentieth', () => {
  const time = new TurnedTime();
  const began: number[] = [];
  const randoms = [0, 0.5, 0.999];
  const recurring = new Recurring({ clock: time, after: time.after, random: () => randoms.shift() ?? 0.5 }, (done) => {
    began.push(time.now());
    return time.after(300, () => done(1000));
  });
  recurring.start(100);
  time.turn(4000);
  assert.deepEqual(began.slice(0, 4).map(Math.round), [100, 1050, 2050, 3100]);
  recurring.stop();
  assert.equal(time.waiting, 0);
});

void test('one that takes longer than the distance is followed at once, and never runs twice', () => {
  const time = new TurnedTime();
  let [running, most, count] = [0, 0, 0];
  const recurring = new Recurring({ clock: time, after: time.after, random: () => 0.5 }, (done) => {
    running += 1;
    count += 1;
    most = Math.max(most, running);
    return time.after(700, () => {
      running -= 1;
      done(500);
    });
  });
  recurring.start(0);
  time.turn(7000);
  assert.deepEqual([most, count], [1, 11]);
  recurring.stop();
});

void test('what is under way is given up by stop() and by another start()', () => {
  const time = new TurnedTime();
  let [given, count] = [0, 0];
  const recurring = new Recurring({ clock: time, after: time.after, random: () => 0.5 }, () => {
    count += 1;
    return () => void (given += 1);
  });
  recurring.start(0);
  time.turn(0);
  recurring.start(10);
  assert.deepEqual([given, count, recurring.running], [1, 1, true]);
  time.turn(10);
  recurring.stop();
  assert.deepEqual([given, count, recurring.running], [2, 2, false]);
});

void test('no more run at once than there are slots, and those that wait come in their order', () => {
  const slots = new Slots(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const results: number[] = [];
  const cancels = [0, 1, 2, 3, 4].map((i) =>
    slots.wrap<number>((done) => {
      begun.push(i);
      ends[i] = () => done(i);
      return () => {};
    })((result) => results.push(result)),
  );
  assert.deepEqual([begun, slots.waiting], [[0, 1], 3]);
  cancels[3]!(); // It waits.
  ends[1]!();
  assert.deepEqual([begun, results], [[0, 1, 2], [1]]);
  cancels[0]!(); // It runs.
  assert.deepEqual(begun, [0, 1, 2, 4]);
  cancels[0]!(); // Nothing more: its place is another's.
  cancels[1]!();
  ends[2]!();
  ends[4]!();
  assert.deepEqual([results, slots.waiting], [[1, 2, 4], 0]);
});
