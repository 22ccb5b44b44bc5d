import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LoopClock } from './loop-clock.ts';
import { Deadline, TimerWheel } from './timer-wheel.ts';

function setUp(): { clock: { ms: number; now(): number; date(): number }; wheel: TimerWheel } {
  const clock = { ms: 12_345, now: () => clock.ms, date: () => 0 };
  return { clock, wheel: new TimerWheel(new LoopClock(clock), 100) };
}

test('a deadline fires once, not before its time and at most two ticks after it', () => {
  const { clock, wheel } = setUp();
  const fired: number[] = [];
  wheel.set(new Deadline(() => fired.push(clock.ms)), 1000);
  for (let i = 0; i < 2000; i++) {
    clock.ms += 1;
    wheel.advance();
  }
  assert.equal(fired.length, 1);
  assert.ok(fired[0]! >= 13_345 && fired[0]! <= 13_545, `fired at ${fired[0]}`);
});

test('a deadline far beyond one round of the wheel fires at its time', () => {
  const { clock, wheel } = setUp();
  let fired = 0;
  wheel.set(new Deadline(() => (fired = clock.ms)), 3_600_000);
  while (clock.ms < 4_000_000) {
    clock.ms += 70;
    wheel.advance();
  }
  assert.ok(fired >= 3_612_345 && fired <= 3_612_645, `fired at ${fired}`);
});

test('a deadline set from within expire() fires too', () => {
  const { clock, wheel } = setUp();
  let fired = 0;
  const again: Deadline = new Deadline(() => {
    fired++;
    if (fired < 3) wheel.set(again, 0);
  });
  wheel.set(again, 0);
  for (let i = 0; i < 20; i++) {
    clock.ms += 100;
    wheel.advance();
  }
  assert.equal(fired, 3);
});

test('size counts what waits; what was cleared goes when its slot comes up', () => {
  const { clock, wheel } = setUp();
  const deadlines = [500, 500, 90_000].map((ms) => {
    const deadline = new Deadline(() => {});
    wheel.set(deadline, ms);
    return deadline;
  });
  deadlines[0]!.clear();
  assert.equal(wheel.size, 3);
  clock.ms += 1000;
  wheel.advance();
  assert.equal(wheel.size, 1);
  clock.ms += 100_000;
  wheel.advance();
  assert.equal(wheel.size, 0);
});

test('remove() takes a deadline out of its slot at once, wherever it stands there, and it may be set again', () => {
  const { clock, wheel } = setUp();
  const fired: number[] = [];
  const deadlines = [0, 1, 2].map((i) => new Deadline(() => void fired.push(i)));
  for (const deadline of deadlines) wheel.set(deadline, 500);
  wheel.remove(deadlines[1]!);
  wheel.remove(deadlines[1]!);
  assert.equal(wheel.size, 2);
  wheel.remove(deadlines[2]!);
  wheel.set(deadlines[2]!, 700);
  clock.ms += 600;
  wheel.advance();
  assert.deepEqual(fired, [0]);
  clock.ms += 300;
  wheel.advance();
  assert.deepEqual(fired, [0, 2]);
  assert.equal(wheel.size, 0);
});

test('whatever is set, moved and cleared, each deadline fires exactly when its last setting says', () => {
  const move = fc.record({ which: fc.nat(9), ms: fc.option(fc.nat(120_000), { nil: undefined }), pass: fc.nat(3000) });
  fc.assert(
    fc.property(fc.array(move, { maxLength: 120 }), (moves) => {
      const { clock, wheel } = setUp();
      const due: (number | undefined)[] = Array.from({ length: 10 }, () => undefined);
      const deadlines = due.map(
        (_, i) =>
          new Deadline(() => {
            const at = due[i];
            assert.ok(at !== undefined && at <= clock.ms, `deadline ${i} fired early or unset`);
            due[i] = undefined;
          }),
      );
      for (const { which, ms, pass } of [...moves, { which: 0, ms: undefined, pass: 200_000 }]) {
        if (ms === undefined) deadlines[which]!.clear();
        else wheel.set(deadlines[which]!, ms);
        due[which] = ms === undefined ? undefined : clock.ms + ms;
        for (let left = pass; left > 0; left -= 100) {
          clock.ms += Math.min(left, 100);
          wheel.advance();
        }
        for (const at of due) assert.ok(at === undefined || at > clock.ms - 300, 'a deadline was missed');
      }
    }),
    { numRuns: 60 },
  );
});

test('a short wait of a running wheel ends to the millisecond, unless it was moved or cleared', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const { clock, wheel } = setUp();
  const fired: string[] = [];
  const make = (name: string): Deadline => new Deadline(() => fired.push(`${name} at ${clock.ms - 12_345}`));
  const [plain, moved, cleared, long] = [make('plain'), make('moved'), make('cleared'), make('long')];
  wheel.start();
  for (const deadline of [plain, moved, cleared]) wheel.setSoon(deadline, 25);
  wheel.setSoon(long, 500);
  wheel.set(moved, 1000);
  cleared.clear();
  for (let ms = 0; ms < 1300; ms++) {
    clock.ms++;
    t.mock.timers.tick(1);
  }
  assert.equal(fired[0], 'plain at 26');
  assert.deepEqual(
    fired.map((each) => each.split(' ')[0]),
    ['plain', 'long', 'moved'],
  );
  wheel.stop();
});
