import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LoadShedder } from './load-shedder.ts';

const plan = { loopDelayMs: 100, memory: true };

/** One that is told how late the loop is. */
function shedder(): {
  shed: LoadShedder;
  looks: (count: number, lateMs: number) => void;
  told: string[];
  memory: { short: boolean };
} {
  const told: string[] = [];
  const note = (message: string): void => void told.push(message.split(':')[0]!);
  const memory = { short: false };
  const shed = new LoadShedder({ debug: note, info: note, warn: note, error: note }, memory);
  shed.follow(plan);
  let now = performance.now();
  shed.look(now);
  const looks = (count: number, lateMs: number): void => {
    for (let i = 0; i < count; i++) shed.look((now += 50 + lateMs));
  };
  return { shed, looks, told, memory };
}

/** How many of so many are refused. */
function refused(shed: LoadShedder, importance: 'high' | 'normal' | 'low', of = 1000): number {
  return Array.from({ length: of }, () => shed.refuses(importance)).filter(Boolean).length;
}

void test('nothing is refused while the loop is in time, or late for a moment', () => {
  const { shed, looks, told } = shedder();
  looks(100, 40);
  looks(1, 500);
  assert.deepEqual([refused(shed, 'low'), refused(shed, 'normal'), told], [0, 0, []]);
  shed.stop();
});

void test('where it stays late more and more is refused, what is less important first, and nothing of high importance', () => {
  const { shed, looks, told } = shedder();
  looks(8, 200);
  assert.deepEqual([refused(shed, 'low'), refused(shed, 'high')], [1000, 0]);
  assert.ok(Math.abs(refused(shed, 'normal') - 100) <= 1);
  looks(9, 200);
  assert.ok(Math.abs(refused(shed, 'normal') - 550) <= 1);
  looks(100, 200);
  assert.deepEqual([refused(shed, 'normal'), refused(shed, 'high'), shed.share], [1000, 0, 1]);
  assert.deepEqual(told, ['The event loop is late']);
  shed.stop();
});

void test('it ends slowly, and only when the loop is well in time', () => {
  const { shed, looks, told } = shedder();
  looks(200, 200);
  looks(200, 80);
  assert.equal(shed.share, 1, 'between half the limit and the limit nothing changes');
  looks(30, 0);
  assert.ok(shed.share > 0.4 && shed.share < 0.9, String(shed.share));
  looks(100, 0);
  assert.deepEqual([shed.share, refused(shed, 'low')], [0, 0]);
  assert.deepEqual(told, ['The event loop is late', 'The event loop is in time again']);
  shed.stop();
});

void test('while memory is short requests of low importance are refused', () => {
  const { shed, memory } = shedder();
  memory.short = true;
  assert.deepEqual([refused(shed, 'low'), refused(shed, 'normal'), refused(shed, 'high')], [1000, 0, 0]);
  shed.follow({ ...plan, memory: false });
  assert.equal(refused(shed, 'low'), 0);
  shed.follow(undefined);
  shed.stop();
});
