import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLimit, MemoryWatch, systemMemory } from './memory-watch.ts';

const limit = 1_048_576_000;

function harness() {
  const said: string[] = [];
  const note = (message: string): void => void said.push(message);
  const crowd = {
    open: 5000,
    ceiling: Number.POSITIVE_INFINITY,
    hold(ceiling: number): void {
      this.ceiling = ceiling;
    },
  };
  const facts = { used: 0, limit, heapUsed: 0, heapLimit: 1000 };
  const watch = new MemoryWatch(crowd, () => (facts.used < 0 ? undefined : facts), {
    debug: note,
    info: note,
    warn: note,
    error: note,
  });
  const at = (share: number): number => {
    facts.used = limit * share;
    watch.look();
    return crowd.ceiling;
  };
  return { said, crowd, facts, watch, at };
}

test('connections are not bounded while there is memory', () => {
  const { at, said } = harness();
  for (const share of [0.1, 0.5, 0.84]) assert.equal(at(share), Number.POSITIVE_INFINITY);
  assert.deepEqual(said, []);
});

test('where memory is short no more come in than there are, and it is said once', () => {
  const { at, said } = harness();
  assert.equal(at(0.86), 5000);
  assert.equal(at(0.86), 5000);
  assert.equal(said.length, 1);
  assert.match(said[0]!, /Memory is short: no more than 5000 connections/);
});

test('while it still grows, fewer and fewer, but never none', () => {
  const { at, crowd } = harness();
  at(0.86);
  assert.equal(at(0.88), 4500);
  crowd.open = 4000;
  assert.equal(at(0.9), 3600);
  crowd.open = 0;
  // A twentieth of the memory, at 64 kB a connection.
  assert.equal(at(0.95), 800);
});

test('it is over below three quarters; before that the bound is raised little by little', () => {
  const { at, said } = harness();
  at(0.86);
  assert.equal(at(0.8), 5101);
  assert.equal(at(0.8), 5204);
  assert.equal(at(0.74), Number.POSITIVE_INFINITY);
  assert.match(said[1]!, /memory enough again/);
  assert.equal(at(0.8), Number.POSITIVE_INFINITY);
});

test('memory that stays with the process when its connections have gone keeps nobody out', () => {
  const { at, crowd } = harness();
  at(0.9);
  crowd.open = 0;
  for (let i = 0; i < 100; i++) assert.equal(at(0.9), 5000);
});

test('where it cannot be told what is in use, all stays as it is', () => {
  const { at, said } = harness();
  at(0.86);
  assert.equal(at(-1), 5000);
  assert.equal(said.length, 1);
});

test('objects of the thread count like memory of the process', () => {
  const { watch, facts, crowd } = harness();
  facts.heapUsed = 900;
  watch.look();
  assert.equal(crowd.ceiling, 5000);
});

test('the system says what is in use and what there is', () => {
  const facts = systemMemory()();
  assert.ok(facts);
  assert.ok(facts.used > 1_000_000 && facts.used < facts.limit, JSON.stringify(facts));
  assert.ok(facts.heapUsed > 100_000 && facts.heapUsed < facts.heapLimit, JSON.stringify(facts));
  assert.equal(facts.limit, memoryLimit());
});
