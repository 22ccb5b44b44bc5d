import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RandomSource } from '../random-source.ts';
import { countsOf, dry, manyServers, pickerOf, real, serversOf, take, TestPickerEnv, whyOf } from './fixtures.test.ts';
import { WeightedDraw } from './weighted-draw.ts';

const random = { kind: 'random', choices: 2 } as const;

/** How many standard deviations the count is away from what is expected. */
function sigmas(count: number, of: number, share: number): number {
  return Math.abs(count - of * share) / Math.sqrt(of * share * (1 - share));
}

function assertWithin(limit: number, counts: readonly number[], weights: readonly number[]): void {
  const all = counts.reduce((sum, each) => sum + each, 0);
  const weight = weights.reduce((sum, each) => sum + each, 0);
  for (const [i, count] of counts.entries()) {
    const away = sigmas(count, all, weights[i]! / weight);
    assert.ok(away < limit, `${count} of ${all} by weight ${weights[i]} of ${weight}: ${away.toFixed(2)} sigma`);
  }
}

void test('idle servers are drawn by weight, within four sigma', () => {
  for (const weights of [[1, 1, 1], [1, 2, 3], [100, 1, 50, 0.5], Array.from({ length: 100 }, (_, i) => 1 + (i % 7))]) {
    const usable = manyServers(weights.length, (i) => weights[i]!);
    assertWithin(4, countsOf(pickerOf(random), usable, 100_000), weights);
  }
});

void test('of two that are drawn the less busy is taken', () => {
  const usable = serversOf(1, 1);
  usable[0]!.active = 1;
  assert.deepEqual(countsOf(pickerOf(random), usable, 1000), [0, 1000]);
});

void test('two choices keep 50 servers nearly even, which one alone does not', () => {
  const highest = (choices: number): number => {
    const usable = manyServers(50);
    const picker = pickerOf({ kind: 'random', choices });
    for (let i = 0; i < 5000; i++) picker.pick(real, usable, undefined).active++;
    return Math.max(...usable.map(({ active }) => active));
  };
  assert.ok(highest(1) > 115, 'one draw');
  assert.ok(highest(2) <= 104, 'two draws');
  assert.ok(highest(5) <= highest(2), 'five draws');
});

void test('what was tried is avoided while there is another', () => {
  const usable = serversOf(1000, 1, 1);
  const picker = pickerOf(random);
  for (let i = 0; i < 200; i++) {
    assert.notEqual(picker.pick(real, usable, new Set([usable[0]!])), usable[0]);
    assert.equal(picker.pick(real, usable, new Set(usable.slice(0, 2))), usable[2]);
  }
  assert.ok(usable.includes(picker.pick(real, usable, new Set(usable))));
  assert.equal(take(picker, serversOf(1), 2), 'aa');
});

void test('a dry exchange sees the next pick and does not use it up', () => {
  const usable = serversOf(1, 1, 1, 1, 1, 1, 1);
  const picker = pickerOf(random);
  for (let i = 0; i < 50; i++) {
    const next = picker.pick(dry, usable, undefined);
    assert.equal(picker.pick(dry, usable, undefined), next);
    assert.equal(picker.pick(real, usable, undefined), next);
  }
});

void test('pickers that are handed no random numbers do not go the same way', () => {
  const usable = manyServers(100);
  const { random: _given, ...env } = new TestPickerEnv();
  const ways = [1, 2].map(() => {
    const picker = pickerOf(random, usable, { ...env, cursor: env.cursor, clock: env.clock });
    return take(picker, usable, 20);
  });
  assert.notEqual(ways[0], ways[1]);
});

void test('the draw by weight is exact: every place and its other add up to the weights', () => {
  const weights = [3, 0.001, 250, 7, 7, 1];
  const draw = new WeightedDraw(weights);
  const source = new RandomSource(new Uint8Array(16).fill(9));
  const counts = weights.map(() => 0);
  for (let i = 0; i < 200_000; i++) counts[draw.draw(source)]! += 1;
  assertWithin(4, counts, weights);
});

void test('random numbers are spread evenly, kept below their end, and can be taken back', () => {
  const source = new RandomSource(new Uint8Array(16));
  const counts = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 100_000; i++) counts[Math.floor(source.below(10))]! += 1;
  assertWithin(
    4,
    counts,
    counts.map(() => 1),
  );
  source.keep();
  const next = source.below(1);
  source.restore();
  assert.equal(source.below(1), next);
});

void test('the trace is told how many were drawn', () => {
  const why = 'a: pool app, random: the least busy of 2 that were drawn (0 exchanges, weight 1)';
  assert.equal(whyOf(pickerOf(random), serversOf(1)), why);
});
