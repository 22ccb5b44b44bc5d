import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isGrpcType } from './grpc-type.ts';

void test('isGrpcType() takes gRPC with any encoding or parameter, whatever its case', () => {
  for (const type of ['application/grpc', 'application/grpc+proto', 'application/grpc+json', 'Application/GRPC;a=b'])
    assert.equal(isGrpcType(type), true, type);
  assert.equal(isGrpcType('application/grpc ; a=b'), true);
});

void test('isGrpcType() takes nothing else, gRPC-Web above all', () => {
  for (const type of ['', 'application/json', 'application/grp', 'application/grpc-web', 'application/grpc-web+proto'])
    assert.equal(isGrpcType(type), false, type);
  assert.equal(isGrpcType('application/grpcx'), false);
  assert.equal(isGrpcType(' application/grpc'), false);
});
