import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authenticatesConnection } from './connection-credentials.ts';
import { headersOf } from './fixtures.test.ts';

test('NTLM and Negotiate authenticate a connection, other schemes do not', () => {
  const cases: readonly (readonly [readonly string[], boolean])[] = [
    [[], false],
    [['Basic abc'], false],
    [['Bearer ntlm abc'], false],
    [['NTLM TlRMTVNT'], true],
    [['ntlm TlRMTVNT'], true],
    [['Negotiate YII'], true],
    [['NEGOTIATE'], true],
    [['NTLM'], true],
    [['NTLMv9 abc'], false],
    [['NTLM\tTlRMTVNT'], true],
    [['Basic abc', 'NTLM TlRMTVNT'], true],
  ];
  for (const [values, answer] of cases) {
    const headers = headersOf(...values.map((value) => ['Authorization', value] as const));
    assert.equal(authenticatesConnection(headers), answer, JSON.stringify(values));
  }
});
