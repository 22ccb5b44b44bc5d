import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError, type ErrorCode } from '../../../core/errors.ts';
import { codeName } from '../../../wire/http2/codes.ts';
import { breakOffCode } from './break-off-code.ts';

test('breakOffCode() tells whose fault it was, and passes on what a server said of the answer', () => {
  const cases: readonly (readonly [ErrorCode, number | undefined, boolean, string])[] = [
    ['server-closed', undefined, false, 'INTERNAL_ERROR'],
    ['server-junk', undefined, false, 'INTERNAL_ERROR'],
    ['server-closed', undefined, true, 'CANCEL'],
    ['write-timeout', undefined, false, 'CANCEL'],
    ['bad-body', undefined, false, 'PROTOCOL_ERROR'],
    ['tunnel-timeout', undefined, true, 'CANCEL'],
    ['server-reset', 8, false, 'CANCEL'],
    ['server-reset', 11, false, 'ENHANCE_YOUR_CALM'],
    ['server-reset', 1, false, 'INTERNAL_ERROR'],
    ['server-reset', 0x1234, false, 'INTERNAL_ERROR'],
  ];
  for (const [code, resetCode, tunnel, said] of cases) {
    const error = new ProxyError(code, 'Cannot', resetCode === undefined ? undefined : { resetCode });
    assert.equal(codeName(breakOffCode(error, tunnel)), said, `${code} ${resetCode}`);
  }
});
