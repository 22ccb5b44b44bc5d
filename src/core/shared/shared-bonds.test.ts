import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { SharedBonds } from './shared-bonds.ts';

const key = [1, 2] as const;

test('what one thread has put, another one finds, with its times', () => {
  const memory = SharedBonds.allocate(64, key);
  const [one, other] = [new SharedBonds(memory), new SharedBonds(memory)];
  assert.equal(one.find('a', 5, true), undefined);
  one.put('a', -7, 10);
  assert.deepEqual(other.find('a', 12, false), { to: -7, begun: 10, used: 10 });
  assert.deepEqual(other.find('a', 13, true), { to: -7, begun: 10, used: 10 }, 'a look did not count as a use');
  assert.deepEqual(one.find('a', 14, true), { to: -7, begun: 10, used: 13 });
});

test('a key is bound anew by put(), and to nothing by forget()', () => {
  const bonds = new SharedBonds(SharedBonds.allocate(64, key));
  bonds.put('a', 1, 10);
  bonds.put('b', 2, 10);
  bonds.put('a', 3, 20);
  assert.deepEqual(bonds.find('a', 20, false), { to: 3, begun: 20, used: 20 });
  bonds.forget('a');
  assert.equal(bonds.find('a', 20, false), undefined);
  assert.equal(bonds.find('b', 20, false)?.to, 2);
});

test('a full bucket gives up the bond that was used longest ago', () => {
  const bonds = new SharedBonds(SharedBonds.allocate(16, key));
  for (let i = 0; i < 16; i++) bonds.put(`k${i}`, i, i + 1);
  assert.equal(bonds.find('k0', 100, true)?.to, 0);
  bonds.put('new', 99, 101);
  assert.equal(bonds.find('k1', 101, false), undefined);
  assert.equal(bonds.find('k0', 101, false)?.to, 0);
  assert.equal(bonds.find('new', 101, false)?.to, 99);
});

test('a table never says what was not put, whatever comes and goes', () => {
  const step = fc.tuple(fc.constantFrom('put', 'forget', 'find'), fc.nat(40), fc.integer());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const bonds = new SharedBonds(SharedBonds.allocate(32, key));
      const truth = new Map<string, number>();
      for (const [i, [what, number, to]] of steps.entries()) {
        const name = `key ${number}`;
        if (what === 'put') {
          bonds.put(name, to | 0, i);
          truth.set(name, to | 0);
        } else if (what === 'forget') {
          bonds.forget(name);
          truth.delete(name);
        } else {
          const found = bonds.find(name, i, true);
          if (found !== undefined) assert.equal(found.to, truth.get(name));
        }
      }
    }),
  );
});

test('a place that is half written counts as empty', () => {
  const memory = SharedBonds.allocate(16, key);
  const bonds = new SharedBonds(memory);
  bonds.put('a', 1, 10);
  const words = new Int32Array(memory.table);
  const at = words.indexOf(10) - 1;
  assert.equal(words[at], 1);
  words[at] = 2; // What it is bound to, without the check.
  assert.equal(bonds.find('a', 10, true), undefined);
  words[at] = 1;
  assert.equal(bonds.find('a', 10, true)?.to, 1);
});

test('a place that a dead thread left in the middle is not used, and the others are', () => {
  const memory = SharedBonds.allocate(16, key);
  const bonds = new SharedBonds(memory);
  const words = new Int32Array(memory.table);
  words[4] = 1; // The check word of the first place: somebody writes.
  for (let i = 0; i < 16; i++) bonds.put(`k${i}`, i, 10 + i);
  assert.equal(bonds.find('k0', 30, false), undefined, 'it has made room');
  for (let i = 1; i < 16; i++) assert.equal(bonds.find(`k${i}`, 30, false)?.to, i);
});
