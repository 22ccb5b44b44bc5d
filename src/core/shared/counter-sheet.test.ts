import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CounterBook } from './counter-book.ts';
import { CounterSheet } from './counter-sheet.ts';

void test('rows that stay keep their counts, and those who count go on without noticing', () => {
  const book = new CounterBook(2);
  const sheet = new CounterSheet(2);
  const move = (names: string[]): void => {
    const memory = book.allocate(names.length);
    sheet.move(memory, names);
    book.follow(0, memory, names);
  };
  move(['a', 'b']);
  const a = sheet.row('a');
  const b = sheet.row('b');
  a.values[a.at + 1]! += 5;
  b.values[b.at]! += 7;
  move(['c', 'a']);
  a.values[a.at + 1]! += 5;
  b.values[b.at]! += 7;
  assert.deepEqual([...book.read('a')], [0, 10]);
  assert.deepEqual([...book.read('b')], [0, 0]);
  assert.deepEqual([...book.read('c')], [0, 0]);
  assert.equal(sheet.row('a'), a);
  assert.throws(() => sheet.row('b'), /Cannot count b: there is no row for it/);
});

void test('rows keep their counts in whatever order they go on', () => {
  const book = new CounterBook(3);
  const sheet = new CounterSheet(3);
  const orders = ['abcdef', 'abcdef', 'abcxdef', 'abcdef', 'xabcdef', 'abefcd', 'fedcba', 'bcx', 'abcdef'];
  const told = new Map<string, number>();
  for (const order of orders) {
    const names = [...order];
    for (const name of told.keys()) if (!names.includes(name)) told.delete(name);
    const memory = book.allocate(names.length);
    sheet.move(memory, names);
    book.follow(0, memory, names);
    for (const [i, name] of names.entries()) {
      const row = sheet.row(name);
      row.values[row.at + 2]! += i + 1;
      told.set(name, (told.get(name) ?? 0) + i + 1);
    }
    for (const name of names) assert.deepEqual([...book.read(name)], [0, 0, told.get(name)], `${name} of ${order}`);
  }
});

void test('what a thread counts in several sheets is read as one, and is not lost when it ends', () => {
  const book = new CounterBook(1);
  const [one, two] = [book.allocate(1), book.allocate(1)];
  book.follow(0, one, ['a'], 'one');
  book.follow(0, two, ['b'], 'two');
  new Float64Array(one)[0] = 1;
  new Float64Array(two)[0] = 2;
  assert.deepEqual([...book.read('a'), ...book.read('b')], [1, 2]);
  book.follow(0, book.allocate(1), ['a'], 'one');
  book.ended(0);
  assert.deepEqual([...book.read('a'), ...book.read('b')], [0, 2]);
});

void test('what threads that have ended counted is not lost', () => {
  const book = new CounterBook(1);
  for (const thread of [0, 1, 0]) {
    const memory = book.allocate(1);
    const sheet = new CounterSheet(1);
    sheet.move(memory, ['a']);
    book.follow(thread, memory, ['a']);
    sheet.row('a').values[0] = 3;
    book.ended(thread);
    book.ended(thread);
  }
  assert.deepEqual([...book.read('a')], [9]);
  book.keep(['b']);
  assert.deepEqual([...book.read('a')], [0]);
});

void test('move() refuses memory without room', () => {
  const book = new CounterBook(3);
  assert.throws(() => new CounterSheet(3).move(book.allocate(1), ['a', 'b']), /Cannot count 2 names/);
});

void test('bytes are counted exactly far beyond 2^32, also in the sum of threads and of those that have ended', () => {
  const book = new CounterBook(1);
  for (const thread of [0, 1]) {
    const memory = book.allocate(1);
    const sheet = new CounterSheet(1);
    sheet.move(memory, ['a']);
    book.follow(thread, memory, ['a']);
    const row = sheet.row('a');
    for (let i = 0; i < 3; i++) row.values[row.at]! += 2 ** 50 + 1;
  }
  book.ended(1);
  assert.deepEqual([...book.read('a')], [6 * 2 ** 50 + 6]);
});
