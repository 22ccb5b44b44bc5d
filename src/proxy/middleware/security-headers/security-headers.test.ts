import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TestEnv, headersOf } from '../../fixtures.test.ts';
import { answerOf, askFor, linesOf } from '../fixtures.test.ts';
import { securityHeaders, type SecurityHeadersConfig } from './security-headers.ts';

const config: SecurityHeadersConfig = {
  fields: [
    { name: 'X-Content-Type-Options', value: 'nosniff' },
    { name: 'X-Frame-Options', value: 'DENY' },
  ],
  override: false,
  hideServer: true,
};

function answered(parts: Partial<SecurityHeadersConfig>): string[] {
  const fields = [
    ['Server', 'nginx/1.22.1'],
    ['x-frame-options', 'SAMEORIGIN'],
    ['X-Powered-By', 'PHP'],
    ['X-AspNet-Version', '4'],
    ['Set-Cookie', 'a=b'],
  ] as const;
  const answer = answerOf({ headers: headersOf(...fields) });
  securityHeaders.create({ ...config, ...parts }, new TestEnv()).response!(answer, askFor('/'));
  return linesOf(answer.headers);
}

test('what the server says stays, what it does not say is added, and what tells of it goes', () => {
  assert.deepEqual(answered({}), ['x-frame-options: SAMEORIGIN', 'Set-Cookie: a=b', 'X-Content-Type-Options: nosniff']);
});

test('with override its word is replaced', () => {
  assert.deepEqual(answered({ override: true }), [
    'X-Frame-Options: DENY',
    'Set-Cookie: a=b',
    'X-Content-Type-Options: nosniff',
  ]);
});

test('its name stays where it may', () => {
  assert.deepEqual(answered({ hideServer: false, fields: [] }).slice(0, 1), ['Server: nginx/1.22.1']);
});
