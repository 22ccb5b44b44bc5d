import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { countsOf, dry, pickerOf, real, serversOf, take, whyOf } from './fixtures.test.ts';

const least = { kind: 'least-connections' } as const;

void test('the server with the fewest exchanges for its weight is taken', () => {
  const usable = serversOf(1, 2, 1);
  const [a, b, c] = usable;
  [a!.active, b!.active, c!.active] = [3, 5, 4];
  assert.equal(take(pickerOf(least), usable, 3), 'bbb');
  [a!.active, b!.active, c!.active] = [2, 5, 4];
  assert.equal(take(pickerOf(least), usable, 3), 'aaa');
});

void test('idle servers are used by turns, by weight', () => {
  assert.deepEqual(countsOf(pickerOf(least), serversOf(1, 2, 3), 600), [100, 200, 300]);
});

void test('where all have something, those that have equally little are used by turns', () => {
  const usable = serversOf(1, 1, 1);
  for (const server of usable) server.active = 1;
  assert.equal(take(pickerOf(least), usable, 6), 'abcabc');
});

void test('exchanges that stay are spread by weight, whatever ends in between', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 6 }),
      fc.infiniteStream(fc.nat()),
      (weights, ends) => {
        const usable = serversOf(...weights);
        const picker = pickerOf(least);
        for (let i = 0; i < 200; i++) {
          picker.pick(real, usable, undefined).active++;
          const ended = usable[ends.next().value! % usable.length]!;
          if (i % 3 === 0 && ended.active > 0) ended.active--;
        }
        // Nobody is more than one exchange ahead of the one with the least for its weight, but for what ended elsewhere.
        for (let i = 0; i < 200; i++) {
          const chosen = picker.pick(real, usable, undefined);
          for (const server of usable) assert.ok(chosen.active / chosen.weight <= server.active / server.weight);
          chosen.active++;
        }
      },
    ),
    { numRuns: 30 },
  );
});

void test('what was tried is avoided while there is another, and a dry exchange changes nothing', () => {
  const usable = serversOf(1, 1, 1);
  usable[1]!.active = 5;
  usable[2]!.active = 7;
  const picker = pickerOf(least);
  assert.equal(picker.pick(real, usable, new Set([usable[0]!])), usable[1]);
  assert.ok(usable.includes(picker.pick(real, usable, new Set(usable))));
  usable[1]!.active = usable[2]!.active = 0;
  const next = picker.pick(dry, usable, undefined);
  assert.equal(picker.pick(dry, usable, undefined), next);
  assert.equal(picker.pick(real, usable, undefined), next);
});

void test('the trace is told how much the server has', () => {
  const usable = serversOf(1, 2);
  [usable[0]!.active, usable[1]!.active] = [4, 3];
  const why = 'b: pool app, least-connections: the fewest for its weight (3 exchanges, weight 2)';
  assert.equal(whyOf(pickerOf(least), usable), why);
});
