import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce, inSlices, withEach, type Piecework } from './piecework.ts';

function* counting(pieces: number, pieceMs = 0): Piecework<number> {
  for (let i = 0; i < pieces; i++) {
    const end = performance.now() + pieceMs;
    while (performance.now() < end);
    yield;
  }
  return pieces;
}

test('atOnce() does all pieces and gives the result', () => {
  assert.equal(atOnce(counting(5)), 5);
  assert.equal(atOnce(counting(0)), 0);
});

test('inSlices() lets the event loop turn between slices of long work', async () => {
  let turns = 0;
  const watch = { over: false };
  const turn = (): void => {
    turns += 1;
    if (!watch.over) setImmediate(turn);
  };
  setImmediate(turn);
  assert.equal(await inSlices(counting(30, 1)), 30);
  watch.over = true;
  assert.ok(turns >= 5, `${turns} turns`);
});

test('inSlices() does short work before anything else can happen', async (t) => {
  t.mock.method(performance, 'now', () => 0); // However busy the machine.
  let turned = false;
  setImmediate(() => (turned = true));
  await inSlices(counting(10));
  assert.equal(turned, false);
});

test('inSlices() rejects with what the work throws', async () => {
  // oxlint-disable-next-line require-yield -- it fails before
  const failing = function* failing(): Piecework<void> {
    throw new Error('planted');
  };
  await assert.rejects(inSlices(failing()), /planted/);
});

test('withEach() does the work with each item in order, with pauses', () => {
  for (const count of [0, 1, 99, 100, 101, 1000]) {
    const [done, items]: [number[], number[]] = [[], Array.from({ length: count }, (_, i) => i)];
    const pauses = [...withEach(items, (item) => done.push(item))].length;
    assert.deepEqual(done, items);
    assert.equal(pauses, Math.floor(count / 100));
  }
});
