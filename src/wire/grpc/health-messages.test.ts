import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { decodeHealthResponse, encodeHealthRequest, ServingStatus } from './health-messages.ts';

void test('encodeHealthRequest() writes the name of a service, and nothing for the server as a whole', () => {
  assert.equal(encodeHealthRequest('').length, 0);
  assert.deepEqual(encodeHealthRequest('a.B'), Buffer.from([0x0a, 3, 0x61, 0x2e, 0x42]));
  const long = encodeHealthRequest('x'.repeat(200));
  assert.deepEqual([...long.subarray(0, 3)], [0x0a, 0xc8, 0x01]);
  assert.equal(long.length, 203);
});

void test('decodeHealthResponse() reads the status, whatever stands around it', () => {
  assert.equal(decodeHealthResponse(Buffer.from([0x08, 1])), ServingStatus.Serving);
  assert.equal(decodeHealthResponse(Buffer.alloc(0)), ServingStatus.Unknown);
  // A text, a number of 8 and one of 4 bytes, all of fields that nobody knows, and the last status holds.
  const other = [0x12, 2, 0x68, 0x69, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4];
  assert.equal(decodeHealthResponse(Buffer.from([0x08, 1, ...other, 0x08, 2])), ServingStatus.NotServing);
});

void test('decodeHealthResponse() knows what is no message', () => {
  const broken = [[0x08], [0x08, 0x80], [0x0a, 5, 1], [0x00, 1], [0x0b, 0x0c], [0x09, 1, 2], [0x0d, 1]];
  for (const bytes of [...broken, [0x08, ...Array.from({ length: 10 }, () => 0x80), 1]])
    assert.equal(decodeHealthResponse(Buffer.from(bytes)), undefined, bytes.join(' '));
});

void test('decodeHealthResponse() takes any bytes, and any cut of a good message, without a throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const status = decodeHealthResponse(Buffer.from(bytes));
      assert.ok(status === undefined || status >= 0);
    }),
    { numRuns: 1000 },
  );
});
