import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { countsOf, dry, pickerOf, real, serversOf, take, TestPickerEnv, whyOf } from './fixtures.test.ts';

const seven = serversOf(1, 1, 1, 1, 1, 1, 1);

void test('round-robin goes round the servers in order, again and again', () => {
  assert.equal(take(pickerOf(), serversOf(1, 1, 1), 7), 'abcabca');
  assert.equal(take(pickerOf(), serversOf(1), 3), 'aaa');
});

void test('round-robin gives each of n servers exactly k of any n x k picks in a row', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.nat(40), fc.integer({ min: 1, max: 5 }), (size, before, rounds) => {
      const usable = seven.slice(0, size);
      const picker = pickerOf();
      take(picker, usable, before);
      assert.deepEqual(
        countsOf(picker, usable, size * rounds),
        usable.map(() => rounds),
      );
    }),
  );
});

void test('round-robin is exact by weight over any round, whatever the weights', () => {
  const weight = fc.oneof(fc.integer({ min: 1, max: 256 }), fc.constantFrom(0.5, 0.25, 0.125));
  fc.assert(
    fc.property(fc.array(weight, { minLength: 2, maxLength: 8 }), fc.nat(300), (weights, before) => {
      const usable = serversOf(...weights);
      const picker = pickerOf();
      take(picker, usable, before);
      const unit = Math.min(1, ...weights.map((each) => each % 1 || 1));
      const picks = weights.map((each) => each / unit);
      const sum = picks.reduce((all, each) => all + each, 0);
      assert.deepEqual(countsOf(picker, usable, sum), picks);
    }),
    { numRuns: 60 },
  );
});

void test('round-robin spreads the turns of a heavy server evenly', () => {
  assert.equal(take(pickerOf(), serversOf(5, 1, 1), 7), 'aabacaa');
  assert.equal(take(pickerOf(), serversOf(2, 2, 4), 4), 'cabc');
});

void test('round-robin by weight avoids what was tried, and goes on behind what it chose', () => {
  const picker = pickerOf();
  const usable = serversOf(5, 1, 1);
  const [a, b, c] = usable;
  assert.equal(picker.pick(real, usable, new Set([a!])), b);
  assert.equal(picker.pick(real, usable, new Set([a!, b!])), c);
  assert.equal(picker.pick(real, usable, undefined), a);
  const steep = serversOf(4000, 1);
  assert.equal(picker.pick(real, steep, new Set([steep[0]!])), steep[1], 'however far its turn is');
});

void test('round-robin avoids what was tried, and goes on behind what it chose', () => {
  const picker = pickerOf();
  const usable = serversOf(1, 1, 1, 1);
  const [a, b, c, d] = usable;
  assert.equal(picker.pick(real, usable, new Set()), a);
  assert.equal(picker.pick(real, usable, new Set([a!])), b);
  assert.equal(picker.pick(real, usable, new Set([a!, b!, c!])), d);
  assert.equal(picker.pick(real, usable, new Set([a!, b!])), c);
  assert.equal(picker.pick(real, usable, undefined), d);
});

void test('round-robin chooses one of those tried where there is no other', () => {
  const picker = pickerOf();
  const usable = serversOf(1, 1);
  assert.equal(picker.pick(real, usable, new Set(usable)), usable[0]);
  assert.equal(picker.pick(real, usable, new Set(usable)), usable[1]);
});

void test('round-robin stays in the list when it shrinks or grows between picks, or weights change', () => {
  const step = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.subarray([...seven]), fc.integer({ min: 1, max: 5000 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const picker = pickerOf();
      const servers = serversOf(1, 1, 1, 1, 1, 1, 1);
      for (const [size, tried, weight] of steps) {
        servers[0]!.weight = weight;
        const usable = servers.slice(0, size);
        const avoided = new Set(servers.filter((_, i) => tried.includes(seven[i]!)));
        const picked = picker.pick(real, usable, avoided);
        assert.ok(usable.includes(picked));
        if (usable.some((server) => !avoided.has(server))) assert.ok(!avoided.has(picked));
      }
    }),
  );
});

void test('a dry exchange sees the next pick and does not use it up', () => {
  for (const weights of [
    [1, 1, 1],
    [3, 1, 2],
    [5000, 1, 999],
  ]) {
    const picker = pickerOf();
    const usable = serversOf(...weights);
    take(picker, usable, 2);
    const next = picker.pick(dry, usable, undefined);
    for (let i = 0; i < 3; i++) assert.equal(picker.pick(dry, usable, undefined), next);
    assert.notEqual(picker.pick(dry, usable, new Set([next])), next);
    assert.equal(picker.pick(real, usable, undefined), next);
  }
});

void test('two pickers share their place only where they share a cursor', () => {
  const usable = serversOf(1, 1);
  const env = new TestPickerEnv();
  assert.equal(take(pickerOf(undefined, usable, env), usable, 1), 'a');
  assert.equal(take(pickerOf(), usable, 1), 'a');
  assert.equal(take(pickerOf(undefined, usable, env), usable, 1), 'b');
});

void test('weights that are worked out at run time have their share in thousandths', () => {
  const usable = serversOf(1, 0.137);
  assert.deepEqual(countsOf(pickerOf({ kind: 'adaptive' }), usable, 1137), [1000, 137]);
});

void test('the trace is told of the turn', () => {
  assert.equal(whyOf(pickerOf(), serversOf(2, 1)), 'a: pool app, round-robin: its turn, weight 2');
});
