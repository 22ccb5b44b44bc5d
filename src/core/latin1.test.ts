import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { latin1Slice, latin1Write } from './latin1.ts';

test('latin1Slice() and latin1Write() give every byte back as it was, at its place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(40), (bytes, offset) => {
      const text = latin1Slice(Buffer.from(bytes), 0, bytes.length);
      assert.equal(text.length, bytes.length);
      const room = Buffer.alloc(400, 0xaa);
      assert.equal(latin1Write(room, text, offset), bytes.length);
      assert.deepEqual(room.subarray(offset, offset + bytes.length), Buffer.from(bytes));
      assert.ok([...room.subarray(0, offset), ...room.subarray(offset + bytes.length)].every((byte) => byte === 0xaa));
    }),
  );
});

test('latin1Slice() takes a part; latin1Write() does not write past the end', () => {
  assert.equal(latin1Slice(Buffer.from('abcdef'), 2, 4), 'cd');
  assert.equal(latin1Slice(Buffer.from('abcdef'), 3, 3), '');
  const room = Buffer.from('....');
  assert.equal(latin1Write(room, 'xyz', 2), 2);
  assert.equal(room.toString(), '..xy');
});
