import assert from 'node:assert/strict';
import { test } from 'node:test';

import { exchangeOf } from '../fixtures.test.ts';
import { RequestSpan, type TargetMask } from './request-span.ts';
import { TraceIds } from './trace-ids.ts';

const mask: TargetMask = { path: (path) => path.replace('secret', '***'), query: (query) => query, url: (url) => url };

interface SpanSeen {
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly status?: { readonly code?: number };
}

/** The span of a call that ended so: its attributes by name, and whether it has failed. */
function seen(grpcStatus: number | undefined, path = '/shop.v1.Orders/Place'): Record<string, unknown> {
  const exchange = { ...exchangeOf(), grpcStatus, status: 200 };
  exchange.target = { ...exchange.target, path };
  const [own] = new RequestSpan(new TraceIds(), undefined).write(exchange, mask, 0);
  const span = JSON.parse(own!) as SpanSeen;
  const known = span.attributes.map(({ key, value }) => [key, Object.values(value)[0]] as const);
  return { ...Object.fromEntries(known), failed: span.status?.code === 2 };
}

test('the span of a gRPC call says which it was and how it ended', () => {
  const span = seen(0);
  assert.equal(span['rpc.system'], 'grpc');
  assert.equal(span['rpc.service'], 'shop.v1.Orders');
  assert.equal(span['rpc.method'], 'Place');
  assert.equal(Number(span['rpc.grpc.status_code']), 0);
  assert.equal(span['error.type'], undefined);
  assert.equal(span['failed'], false);
});

test('a status that speaks of the server fails the span, one that speaks of the call does not', () => {
  const failed = Array.from({ length: 17 }, (_, status) => status).filter((status) => seen(status)['failed'] === true);
  assert.deepEqual(failed, [2, 4, 12, 13, 14, 15]);
  assert.equal(seen(14)['error.type'], 'UNAVAILABLE');
  assert.equal(seen(5)['error.type'], 'NOT_FOUND');
  assert.equal(seen(99)['error.type'], '99');
});

test('what is no gRPC call has none of it, and what is hidden of a path stays hidden', () => {
  assert.equal('rpc.system' in seen(undefined), false);
  assert.equal(seen(0, '/a/b/c')['rpc.service'], undefined);
  assert.equal(seen(0, '/shop/secret')['rpc.method'], '***');
});
