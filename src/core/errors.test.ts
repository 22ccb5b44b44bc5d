import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError, toProxyError, type ErrorCode, type Retry, type Side } from './errors.ts';

test('each failure knows its side, its status and whether it may be tried again', () => {
  const cases: readonly (readonly [ErrorCode, Side, number, Retry])[] = [
    ['bad-request', 'client', 400, 'never'],
    ['uri-too-long', 'client', 414, 'never'],
    ['head-timeout', 'client', 408, 'never'],
    ['client-abort', 'client', 0, 'never'],
    ['no-route', 'client', 404, 'never'],
    ['loop-detected', 'self', 508, 'never'],
    ['no-server', 'self', 503, 'never'],
    ['route-disabled', 'self', 503, 'never'],
    ['dns-failure', 'server', 503, 'always'],
    ['server-refused', 'server', 502, 'always'],
    ['server-unreachable', 'server', 502, 'always'],
    ['server-connect-timeout', 'server', 504, 'always'],
    ['server-reset', 'server', 502, 'reused'],
    ['server-closed', 'server', 502, 'reused'],
    ['server-timeout', 'server', 504, 'never'],
    ['server-junk', 'server', 502, 'never'],
    ['internal-error', 'self', 500, 'never'],
  ];
  for (const [code, side, status, retry] of cases) {
    const error = new ProxyError(code, 'Cannot');
    assert.deepEqual([error.code, error.side, error.status, error.retry], [code, side, status, retry]);
  }
});

test('toProxyError() keeps a ProxyError and takes anything else for our own bug, whatever was thrown', () => {
  const known = new ProxyError('no-route', 'Cannot');
  assert.equal(toProxyError(known), known);
  for (const thrown of [new TypeError('x'), 'text', undefined, null, 7, Object('boxed')]) {
    const error = toProxyError(thrown);
    assert.equal(error.code, 'internal-error');
    assert.equal(error.cause, thrown);
    assert.ok(error.message.startsWith('Cannot finish the exchange: '));
  }
});
