import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCodes, ProxyError, type ErrorCode } from '../../../core/errors.ts';
import { plainRetries } from '../../retry-plan.ts';
import { hasStatus, isIdempotent, retryReason, retryWords } from './retry-rules.ts';

test('retryReason() knows what went wrong at a server, and leaves all that is the fault of others', () => {
  const found = (code: ErrorCode, heard = false): string | undefined =>
    retryReason(new ProxyError(code, 'Cannot'), heard);
  for (const code of ['dns-failure', 'server-refused', 'server-unreachable', 'server-connect-timeout'] as const) {
    assert.equal(found(code), 'conn-failure');
  }
  assert.equal(found('server-tls-failed'), 'conn-failure');
  for (const code of ['server-reset', 'server-closed'] as const) {
    assert.equal(found(code), 'empty-response');
    assert.equal(found(code, true), 'junk-response');
  }
  assert.equal(found('server-junk'), 'junk-response');
  for (const code of ['server-timeout', 'server-write-timeout'] as const) assert.equal(found(code), 'response-timeout');
  assert.equal(found('server-upgrade-failed'), undefined);
  const ofOthers = errorCodes.filter((code) => new ProxyError(code, 'Cannot').side === 'client');
  for (const code of [...ofOthers, 'no-server', 'internal-error', 'buffer-failed'] as const) {
    assert.equal(found(code), undefined, code);
  }
});

test('isIdempotent() goes by the methods of RFC 9110, written as they are', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']) assert.ok(isIdempotent(method), method);
  for (const method of ['POST', 'PATCH', 'CONNECT', 'get', 'MKCOL', '']) assert.ok(!isIdempotent(method), method);
});

test('hasStatus() looks at both ends of each range', () => {
  const plan = {
    ...plainRetries,
    statuses: [
      [429, 429],
      [502, 504],
    ] as const,
  };
  const found = [428, 429, 430, 501, 502, 503, 504, 505].filter((status) => hasStatus(plan, status));
  assert.deepEqual(found, [429, 502, 503, 504]);
  assert.ok(!hasStatus(plainRetries, 503));
});

test('retryWords() says what would be done', () => {
  assert.equal(
    retryWords({ ...plainRetries, statuses: [[502, 504]] }),
    'it would be tried again up to 3 times (idempotent methods) after conn-failure, empty-response, 502-504',
  );
  assert.equal(retryWords({ ...plainRetries, on: [] }), 'it would not be tried again');
});
