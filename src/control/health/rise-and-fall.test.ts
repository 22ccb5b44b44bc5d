import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { RiseAndFall } from './rise-and-fall.ts';

const limits = { rise: 2, fall: 3, everyMs: 2000, fastEveryMs: 500, downEveryMs: 1000 };

/** `+` and `-` are results; the answer has what the health was after each. */
function after(results: string, machine: RiseAndFall): string {
  return [...results].map((result) => (machine.take(result === '+'), machine.health === 'up' ? 'U' : 'D')).join('');
}

void test('the first result decides alone, whatever it is', () => {
  assert.equal(after('+', new RiseAndFall(limits, 'unknown', true)), 'U');
  assert.equal(after('-', new RiseAndFall(limits, 'unknown', true)), 'D');
  assert.equal(after('+', new RiseAndFall(limits, 'down', false)), 'U');
  assert.equal(after('-', new RiseAndFall(limits, 'up', false)), 'D');
});

void test('a server that is up from the beginning goes down after as many bad results as any other', () => {
  assert.equal(after('---', new RiseAndFall(limits, 'up', true)), 'UUD');
});

void test('it takes `fall` bad results in a row to go down and `rise` good ones to come up', () => {
  assert.equal(after('+--+--+---+-++-', new RiseAndFall(limits, 'unknown', false)), 'UUUUUUUUUDDDDUU');
});

void test('take() says whether anything has changed', () => {
  const machine = new RiseAndFall(limits, 'unknown', false);
  assert.deepEqual(
    [true, true, false, false, false, false, true, true].map((ok) => machine.take(ok)),
    [true, false, false, false, true, false, false, true],
  );
});

void test('the next check comes sooner while results change, and as `downEvery` says while it is down', () => {
  const machine = new RiseAndFall(limits, 'unknown', false);
  const waits = [machine.waitMs];
  for (const ok of [true, false, true, false, false, false, true, true]) {
    machine.take(ok);
    waits.push(machine.waitMs);
  }
  assert.deepEqual(waits, [500, 2000, 500, 2000, 500, 500, 1000, 500, 2000]);
});

void test('a change always has its row of results before it, whatever they are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 100 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      (results, rise, fall) => {
        const machine = new RiseAndFall({ ...limits, rise, fall }, 'unknown', false);
        for (const [i, ok] of results.entries()) {
          const changed = machine.take(ok);
          if (i === 0) continue;
          const row = results.slice(Math.max(0, i + 1 - (ok ? rise : fall)), i + 1);
          if (changed) assert.ok(row.length === (ok ? rise : fall) && row.every((each) => each === ok));
          assert.equal(
            machine.health === (ok ? 'up' : 'down') ||
              !row.every((each) => each === ok) ||
              row.length < (ok ? rise : fall),
            true,
          );
        }
      },
    ),
  );
});
