import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Exchange } from '../exchange.ts';
import type { Picker } from '../picker.ts';
import { createPicker } from './registry.ts';

// A picker reads nothing else of an exchange.
const real = { dry: false } as Exchange;
const dry = { dry: true } as Exchange;

const names: readonly string[] = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

function take(picker: Picker<string>, usable: readonly string[], times: number): string {
  let taken = '';
  for (let i = 0; i < times; i++) taken += picker.pick(real, usable, undefined);
  return taken;
}

test('round-robin goes round the servers in order, again and again', () => {
  assert.equal(take(createPicker('round-robin'), ['a', 'b', 'c'], 7), 'abcabca');
  assert.equal(take(createPicker('round-robin'), ['a'], 3), 'aaa');
});

test('round-robin gives each of n servers exactly k of any n x k picks in a row', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.nat(40), fc.integer({ min: 1, max: 5 }), (size, before, rounds) => {
      const usable = names.slice(0, size);
      const picker = createPicker<string>('round-robin');
      take(picker, usable, before);
      const taken = take(picker, usable, size * rounds);
      for (const server of usable) assert.equal(taken.split(server).length - 1, rounds);
    }),
  );
});

test('round-robin avoids what was tried, and goes on behind what it chose', () => {
  const picker = createPicker<string>('round-robin');
  const usable = ['a', 'b', 'c', 'd'];
  assert.equal(picker.pick(real, usable, new Set()), 'a');
  assert.equal(picker.pick(real, usable, new Set(['a'])), 'b');
  assert.equal(picker.pick(real, usable, new Set(['a', 'b', 'c'])), 'd');
  assert.equal(picker.pick(real, usable, new Set(['a', 'b'])), 'c');
  assert.equal(picker.pick(real, usable, undefined), 'd');
});

test('round-robin chooses one of those tried where there is no other', () => {
  const picker = createPicker<string>('round-robin');
  assert.equal(picker.pick(real, ['a', 'b'], new Set(['a', 'b'])), 'a');
  assert.equal(picker.pick(real, ['a', 'b'], new Set(['a', 'b'])), 'b');
});

test('round-robin stays in the list when it shrinks or grows between picks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.subarray([...names])), { maxLength: 50 }),
      (steps) => {
        const picker = createPicker<string>('round-robin');
        for (const [size, tried] of steps) {
          const usable = names.slice(0, size);
          const picked = picker.pick(real, usable, new Set(tried));
          assert.ok(usable.includes(picked));
          if (usable.some((server) => !tried.includes(server))) assert.ok(!tried.includes(picked));
        }
      },
    ),
  );
});

test('a dry exchange sees the next pick and does not use it up', () => {
  const picker = createPicker<string>('round-robin');
  const usable = ['a', 'b', 'c'];
  take(picker, usable, 2);
  for (let i = 0; i < 3; i++) assert.equal(picker.pick(dry, usable, undefined), 'c');
  assert.equal(picker.pick(dry, usable, new Set(['c'])), 'a');
  assert.equal(take(picker, usable, 3), 'cab');
});

test('two pickers do not share their place', () => {
  const usable = ['a', 'b'];
  const first = createPicker<string>('round-robin');
  take(first, usable, 1);
  assert.equal(take(createPicker('round-robin'), usable, 1), 'a');
  assert.equal(take(first, usable, 1), 'b');
});
