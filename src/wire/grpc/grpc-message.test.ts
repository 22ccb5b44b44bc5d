import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { decodeGrpcMessage, encodeGrpcMessage } from './grpc-message.ts';

void test('encodeGrpcMessage() leaves printable ASCII, and writes all else by its bytes', () => {
  assert.equal(encodeGrpcMessage('no server, id 1-2 ~!'), 'no server, id 1-2 ~!');
  assert.equal(encodeGrpcMessage('100 %\r\n\u0000é€'), '100 %25%0D%0A%00%C3%A9%E2%82%AC');
});

void test('encodeGrpcMessage() makes a value that may stand in a field, and decodeGrpcMessage() the text again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (text) => {
      const value = encodeGrpcMessage(text);
      assert.match(value, /^[ -~]*$/);
      assert.equal(decodeGrpcMessage(value), text);
    }),
  );
});

void test('decodeGrpcMessage() takes anything', () => {
  assert.equal(decodeGrpcMessage('50% off %zz %4'), '50% off %zz %4');
  assert.equal(decodeGrpcMessage('%FF'), '\uFFFD');
  fc.assert(fc.property(fc.string(), (text) => void decodeGrpcMessage(text)));
});
