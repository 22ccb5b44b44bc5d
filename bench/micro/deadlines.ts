// What a look at the clock and a deadline cost: `node bench/micro/deadlines.ts [rounds]` prints the least of the rounds, in
// nanoseconds. Deadlines are set and then moved or cleared, as nearly all of an exchange's are.
import { systemClock } from '../../src/core/clock.ts';
import { LoopClock } from '../../src/core/loop-clock.ts';
import { Deadline, TimerWheel } from '../../src/core/timer-wheel.ts';

const rounds = Number(process.argv[2] ?? 9);
const clock = new LoopClock(systemClock);
const wheel = new TimerWheel(clock);
const deadline = new Deadline(nothing);
const timer = setTimeout(nothing, 30_000);
/** So that the work cannot be left out. */
let sum = 0;

function nothing(): void {}

function best(name: string, times: number, action: () => void): void {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < times; i++) action();
    least = Math.min(least, Number(process.hrtime.bigint() - start) / times);
  }
  console.log(`${name.padEnd(48)} ${least.toFixed(0).padStart(6)} ns`);
}

best('a look at the clock: performance.now()', 100_000, () => (sum += performance.now()));
best('the time of the turn: LoopClock.now()', 100_000, () => (sum += clock.now()));
best('a deadline set or moved: TimerWheel.set()', 100_000, () => wheel.set(deadline, 30_000));
best('a timer moved: timeout.refresh()', 100_000, () => void timer.refresh());
best('a timer set and cleared: setTimeout()', 100_000, () => clearTimeout(setTimeout(nothing, 30_000)));
best('a signal: AbortSignal.timeout()', 1000, () => AbortSignal.timeout(30_000).addEventListener('abort', nothing));
clearTimeout(timer);
if (sum === 0 || deadline.at === Infinity) throw new Error('Nothing was done');
