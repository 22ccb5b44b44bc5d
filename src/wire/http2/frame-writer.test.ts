import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockLimits, frame, hex, readFrames, spanOf } from './fixtures.test.ts';
import { FrameWriter } from './frame-writer.ts';

/** What a reader finds in what was written. */
function reread(write: (writer: FrameWriter) => void, role: 'server' | 'client' = 'client'): string[] {
  const writer = new FrameWriter(Buffer.alloc(100_000, 0xaa));
  write(writer);
  const begin =
    role === 'client' ? [frame(4, 0, 0)] : [Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)];
  const written = Buffer.from(writer.buffer.subarray(0, writer.end));
  return readFrames([...begin, written], role, { ...blockLimits, blockBytes: 100_000 }).slice(1);
}

test('frames of every kind are read as they were written, one behind the other', () => {
  const lines = reread((writer) => {
    writer.settings([
      [3, 100],
      [4, 0x7fff_ffff],
    ]);
    writer.settingsAck();
    writer.data(1, spanOf(Buffer.from('hello')), false);
    writer.data(0x7fff_ffff, spanOf(Buffer.alloc(0)), true);
    writer.rstStream(3, 8);
    writer.ping(spanOf(Buffer.from('12345678')), false);
    writer.ping(spanOf(Buffer.from('87654321')), true);
    writer.windowUpdate(0, 0x7fff_ffff);
    writer.windowUpdate(5, 1);
    writer.goaway(7, 11, 'too many');
    writer.goaway(0, 0);
  });
  assert.deepEqual(lines, [
    'setting 3=100',
    'setting 4=2147483647',
    'settings',
    'settings ack',
    'data 1 5',
    'data 1 "hello"',
    'data 2147483647 0',
    'data 2147483647 "" end',
    'reset 3 CANCEL',
    'ping 12345678',
    'ping 87654321 ack',
    'window 0 2147483647',
    'window 5 1',
    'goaway 7 ENHANCE_YOUR_CALM too many',
    'goaway 0 NO_ERROR',
  ]);
});

test('priorityUpdate() is read by servers', () => {
  assert.deepEqual(
    reread((writer) => writer.priorityUpdate(3, 'u=1, i'), 'server'),
    ['priority 3 u=1, i'],
  );
});

test('dataHead() leaves the payload to the caller', () => {
  const writer = new FrameWriter(Buffer.alloc(9));
  writer.dataHead(3, 16_384, true);
  assert.equal(writer.room, 0);
  assert.deepEqual(writer.buffer, hex('004000 00 01 00000003'));
});

test('a header block is written where beginHeaders() says', () => {
  const lines = reread((writer) => {
    writer.settingsAck();
    const at = writer.beginHeaders();
    hex('8286').copy(writer.buffer, at);
    writer.endHeaders(1, at + 2, true);
    writer.settingsAck();
  });
  assert.deepEqual(lines, ['settings ack', 'headers 1 8286 end', 'settings ack']);
});

for (const length of [16_384, 16_385, 32_768, 40_000]) {
  test(`a header block of ${length} bytes is cut into frames that every peer takes`, () => {
    const block = Buffer.from(Array.from({ length }, (_, i) => i % 251));
    const lines = reread((writer) => {
      const at = writer.beginHeaders();
      block.copy(writer.buffer, at);
      writer.endHeaders(1, at + length, false);
      writer.settingsAck();
    });
    assert.deepEqual(lines, [`headers 1 ${block.toString('hex')}`, 'settings ack']);
  });
}
