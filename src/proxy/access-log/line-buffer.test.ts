import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchBytes, LineBuffer } from './line-buffer.ts';

test('lines come back whole, in order, in batches of whole lines', () => {
  const buffer = new LineBuffer(10 * batchBytes);
  const lines = Array.from({ length: 5000 }, (_, i) => `line ${i} ${'x'.repeat(i % 90)}\n`);
  for (const line of lines) assert.ok(buffer.add(line));
  let text = '';
  let count = 0;
  for (let batch = buffer.take(); batch !== undefined; batch = buffer.take()) {
    assert.equal(batch.bytes[batch.used - 1], 0x0a);
    text += batch.bytes.toString('latin1', 0, batch.used);
    count += batch.lines;
    buffer.giveBack(batch);
  }
  assert.equal(text, lines.join(''));
  assert.equal(count, lines.length);
  assert.equal(buffer.waitingBytes, 0);
});

test('add() refuses what goes past the bound and takes lines again when there is room', () => {
  const buffer = new LineBuffer(20);
  assert.ok(buffer.add('123456789\n'));
  assert.ok(buffer.add('123456789\n'));
  assert.equal(buffer.add('\n'), false);
  assert.equal(buffer.take()?.lines, 2);
  assert.ok(buffer.add('\n'));
});

test('a line longer than a batch is a batch of its own', () => {
  const buffer = new LineBuffer(10 * batchBytes);
  for (const line of ['a\n', `${'b'.repeat(batchBytes)}\n`, 'c\n']) assert.ok(buffer.add(line));
  const sizes = [buffer.take(), buffer.take(), buffer.take(), buffer.take()].map((batch) => batch?.used);
  assert.deepEqual(sizes, [2, batchBytes + 1, 2, undefined]);
});

test('batches grow while nothing is written', () => {
  const buffer = new LineBuffer(100 * batchBytes);
  const line = `${'x'.repeat(999)}\n`;
  for (let i = 0; i < 6000; i++) assert.ok(buffer.add(line));
  let batches = 0;
  for (let batch = buffer.take(); batch !== undefined; batch = buffer.take()) batches += 1;
  assert.ok(batches < 12, `${batches} batches for 6 MB`);
});

test('a batch that was taken is not written into', () => {
  const buffer = new LineBuffer(1000);
  buffer.add('a\n');
  const first = buffer.take();
  buffer.add('b\n');
  assert.equal(first?.bytes.toString('latin1', 0, first.used), 'a\n');
  if (first !== undefined) buffer.giveBack(first);
  assert.equal(buffer.take()?.bytes.toString('latin1', 0, 2), 'b\n');
});
