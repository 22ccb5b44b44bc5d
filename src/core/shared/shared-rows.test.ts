import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RowBook } from './row-book.ts';
import { allocatePiece, counted, rowsIn, SharedRow, signs } from './shared-rows.ts';

const [own, plain] = [3, 12];

function twoThreads(row = 0): [SharedRow, SharedRow] {
  const memory = { places: 2, pieces: [allocatePiece(2)] };
  return [new SharedRow(memory, row, 0), new SharedRow(memory, row, 1)];
}

void test('take() stops at the limit over all threads, and give() makes room again', () => {
  const [a, b] = twoThreads(5);
  assert.ok(a.take(own, 2) && b.take(own, 2));
  assert.equal(a.take(own, 2), false);
  a.give(own);
  assert.ok(b.take(own, 2));
  assert.deepEqual([a.get(own), a.own(own), b.own(own)], [2, 0, 2]);
});

void test('rows, fields and notes do not run into each other', () => {
  const memory = { places: 3, pieces: [allocatePiece(3), allocatePiece(3)] };
  const rows = [0, 1, 255, 256, rowsIn(memory) - 1];
  for (const row of rows)
    for (let place = 0; place < 3; place++)
      for (let field = 0; field < counted; field++) new SharedRow(memory, row, place).take(field, 100);
  for (const row of rows) {
    for (let field = 0; field < counted; field++) {
      const shared = new SharedRow(memory, row, 2);
      assert.deepEqual([shared.get(field), shared.own(field)], [3, 1]);
    }
    for (let field = counted; field < 16; field++) assert.equal(new SharedRow(memory, row, 0).get(field), 0);
    for (let sign = 0; sign < signs; sign++) assert.equal(new SharedRow(memory, row, 0).shown(2, sign), 0);
  }
  assert.equal(new SharedRow(memory, 2, 0).get(0), 0);
  assert.throws(() => new SharedRow(memory, rowsIn(memory), 0), /Cannot find row 512/);
  assert.throws(() => new SharedRow(memory, 0, 3), /of place 3/);
});

void test('giveBackAll() gives back what one thread held, and leaves what is not counted', () => {
  const [a, b] = twoThreads();
  a.take(own, 9);
  a.take(own, 9);
  b.take(own, 9);
  a.set(plain, 7);
  b.giveBackAll();
  b.giveBackAll();
  assert.deepEqual([a.get(own), a.own(own), a.get(plain)], [2, 2, 7]);
  assert.equal(a.free, false);
  a.giveBackAll();
  assert.equal(a.free, true);
});

void test('a row stays with its name, and another gets it when nobody holds anything of it', () => {
  const book = new RowBook(1);
  const [a, b] = [book.claim('a'), book.claim('b')];
  assert.notEqual(a, b);
  book.row(a).set(plain, 5);
  book.row(b).take(own, 9);
  book.keep(new Set(['c']));
  assert.ok(book.has('a'));
  const c = book.claim('c');
  assert.equal(c, book.claim('c'));
  book.keep(new Set(['c', 'd', 'e']));
  const taken = new Set<number>();
  for (let i = 0; i < 600; i++) taken.add(book.claim(`more-${i}`));
  assert.equal(taken.size, 600);
  assert.ok(!taken.has(b) && !taken.has(c), 'one is held, the other one claimed');
  assert.ok(taken.has(a), 'what is nobody’s is used again');
  assert.equal(book.row(a).get(plain), 0);
});

void test('a name that comes back before its row is used again finds what was there', () => {
  const book = new RowBook(1);
  book.row(book.claim('a')).set(plain, 5);
  book.keep(new Set());
  assert.equal(book.row(book.claim('a')).get(plain), 5);
});

void test('ended() gives back what a thread held in any row', () => {
  const book = new RowBook(2);
  const row = book.claim('a');
  new SharedRow(book.memory, row, 1).take(own, 9);
  book.ended(0);
  assert.equal(book.row(row).get(own), 1);
  book.ended(1);
  assert.equal(book.row(row).get(own), 0);
});

void test('what a thread shows is its own, seen by the others, and gone with it', () => {
  const memory = { places: 2, pieces: [allocatePiece(2)] };
  const [a, b] = [new SharedRow(memory, 3, 0), new SharedRow(memory, 3, 1)];
  for (let sign = 0; sign < signs; sign++) a.show(sign, sign + 1);
  const seen = (place: number): number[] => Array.from({ length: signs }, (_, sign) => b.shown(place, sign));
  assert.deepEqual(
    [seen(0), seen(1)],
    [
      [1, 2, 3, 4],
      [0, 0, 0, 0],
    ],
  );
  assert.deepEqual([a.free, new SharedRow(memory, 4, 0).shown(0, 0)], [true, 0]);
  a.giveBackAll();
  assert.deepEqual(seen(0), [0, 0, 0, 0]);
});

void test('wake() wakes the thread that waits for it', async () => {
  const [a, b] = twoThreads();
  const woken = new Promise<void>((resolve) => {
    a.waitFor(1, resolve);
  });
  b.wake(1, 1);
  b.wake(0, 1);
  await woken;
  assert.deepEqual([b.shown(0, 1), b.shown(1, 1)], [1, 1]);
});
