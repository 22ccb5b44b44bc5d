import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchWriter } from './batch-writer.ts';
import type { Batch } from './line-buffer.ts';
import type { Sink } from './sink.ts';

/** What the next write does: takes so many bytes, or fails. Past the end of the script all is taken. */
type Step = number | Error;

class ScriptedSink implements Sink {
  readonly pieceBytes: number;
  readonly script: Step[];
  readonly cuts: boolean;
  text = '';
  closed = false;
  readonly writes: string[] = [];

  constructor(script: Step[], options: { pieceBytes?: number; cuts?: boolean } = {}) {
    this.script = script;
    this.pieceBytes = options.pieceBytes ?? Infinity;
    this.cuts = options.cuts ?? true;
  }

  write(bytes: Buffer, from: number, to: number): Promise<number> {
    const step = this.script.shift() ?? Infinity;
    if (step instanceof Error) return Promise.reject(step);
    const text = bytes.toString('latin1', from, Math.min(to, from + step));
    this.writes.push(text);
    this.text += text;
    return Promise.resolve(text.length);
  }

  cut(tail: Buffer): Promise<boolean> {
    if (this.cuts) this.text = this.text.slice(0, -tail.length);
    return Promise.resolve(this.cuts);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

const full = new Error('ENOSPC');

function batchOf(...lines: string[]): Batch {
  const bytes = Buffer.from(lines.join(''), 'latin1');
  return { bytes, used: bytes.length, lines: lines.length };
}

test('a write that took a part only is completed', async () => {
  const sink = new ScriptedSink([3, 1, 0, 2]);
  assert.deepEqual(await new BatchWriter(sink).put(batchOf('abcd\n', 'efgh\n')), { lost: 0, cause: undefined });
  assert.equal(sink.text, 'abcd\nefgh\n');
});

test('half a line that cannot be completed is taken off again, and counted with the rest', async () => {
  const sink = new ScriptedSink([12, full]);
  const writer = new BatchWriter(sink);
  assert.deepEqual(await writer.put(batchOf('abcd\n', 'efgh\n', 'ijkl\n', 'mnop\n')), { lost: 2, cause: full });
  assert.equal(sink.text, 'abcd\nefgh\n');
  await writer.put(batchOf('later\n'));
  assert.equal(sink.text, 'abcd\nefgh\nlater\n');
});

test('half a line that cannot be taken off is ended before the next line', async () => {
  const sink = new ScriptedSink([7, full, full, 0], { cuts: false });
  const writer = new BatchWriter(sink);
  assert.equal((await writer.put(batchOf('abcd\n', 'efgh\n'))).lost, 1);
  assert.equal((await writer.put(batchOf('lost\n'))).lost, 1);
  assert.equal((await writer.put(batchOf('later\n'))).lost, 0);
  assert.equal(sink.text, 'abcd\nef\nlater\n');
});

test('an error before the first byte loses the batch and leaves the sink as it was', async () => {
  const sink = new ScriptedSink([full]);
  const writer = new BatchWriter(sink);
  assert.deepEqual(await writer.put(batchOf('a\n', 'b\n')), { lost: 2, cause: full });
  assert.equal((await writer.put(batchOf('c\n'))).lost, 0);
  assert.equal(sink.text, 'c\n');
});

test('pieces end with a line, and a line longer than a piece goes by itself', async () => {
  const sink = new ScriptedSink([], { pieceBytes: 8 });
  await new BatchWriter(sink).put(batchOf('abc\n', 'def\n', 'g\n', 'longer than eight\n', 'h\n'));
  assert.deepEqual(sink.writes, ['abc\ndef\n', 'g\n', 'longer than eight\n', 'h\n']);
});

test('replace() changes the sink between two lines and closes the old one', async () => {
  const [old, next] = [new ScriptedSink([2, 0, 2], { pieceBytes: 5 }), new ScriptedSink([])];
  const writer = new BatchWriter(old);
  const put = writer.put(batchOf('abcd\n', 'efgh\n'));
  await writer.replace(next);
  assert.ok(old.closed);
  assert.equal((await put).lost, 0);
  assert.deepEqual([old.text, next.text], ['abcd\n', 'efgh\n']);
});

test('replace() takes effect at once while nothing is written', async () => {
  const [old, next] = [new ScriptedSink([]), new ScriptedSink([])];
  const writer = new BatchWriter(old);
  await writer.replace(next);
  assert.ok(old.closed);
  await writer.put(batchOf('a\n'));
  assert.equal(next.text, 'a\n');
});

test('stop() ends the wait for a reader', async () => {
  const sink = new ScriptedSink(Array.from({ length: 1000 }, () => 0));
  const writer = new BatchWriter(sink);
  const put = writer.put(batchOf('a\n', 'b\n'));
  writer.stop();
  assert.equal((await put).lost, 2);
});
