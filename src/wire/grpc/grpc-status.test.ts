import assert from 'node:assert/strict';
import { test } from 'node:test';

import { grpcStatusName, grpcStatusOf, grpcStatusOfReset, readGrpcStatus } from './grpc-status.ts';

void test('grpcStatusOf() maps as the clients of gRPC do', () => {
  const names = [400, 401, 403, 404, 429, 502, 503, 504].map((status) => grpcStatusName(grpcStatusOf(status)));
  const unavailable = ['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE'];
  assert.deepEqual(names, ['INTERNAL', 'UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNIMPLEMENTED', ...unavailable]);
  for (const status of [200, 302, 405, 413, 418, 500, 508]) assert.equal(grpcStatusOf(status), 2, String(status));
});

void test('readGrpcStatus() takes a number, and nothing else', () => {
  assert.equal(readGrpcStatus('0'), 0);
  assert.equal(readGrpcStatus('14'), 14);
  assert.equal(readGrpcStatus('123456789'), 123_456_789);
  for (const text of [undefined, '', '-1', '1.5', ' 1', '1234567890', '0x1', '١'])
    assert.equal(readGrpcStatus(text), undefined, String(text));
});

void test('grpcStatusName() names the seventeen, and says the number of others', () => {
  assert.equal(grpcStatusName(0), 'OK');
  assert.equal(grpcStatusName(16), 'UNAUTHENTICATED');
  assert.equal(grpcStatusName(17), '17');
});

void test('grpcStatusOfReset() maps as the clients of gRPC do', () => {
  const names = Array.from({ length: 15 }, (_, code) => grpcStatusName(grpcStatusOfReset(code)));
  const expected = Array.from({ length: 15 }, () => 'INTERNAL');
  Object.assign(expected, { 7: 'UNAVAILABLE', 8: 'CANCELLED', 11: 'RESOURCE_EXHAUSTED', 12: 'PERMISSION_DENIED' });
  assert.deepEqual(names, expected);
});
