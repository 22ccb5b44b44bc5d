import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReadBuffer } from './read-buffer.ts';

test('read() gives the first bytes of the one buffer, whatever lengths came before', () => {
  const buffer = new ReadBuffer(4096);
  buffer.bytes.forEach((_, i) => (buffer.bytes[i] = i % 251));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4096 })), (lengths) => {
      for (const length of lengths) {
        const view = buffer.read(length);
        assert.equal(view.length, length);
        assert.equal(view.buffer, buffer.bytes.buffer);
        assert.equal(view.byteOffset, buffer.bytes.byteOffset);
      }
    }),
  );
});
