import assert from 'node:assert/strict';
import { test } from 'node:test';

import { translated, type Given } from './fixtures.test.ts';

const plain: Given = { scheme: 'http' };

const cases: readonly (readonly [cookie: string, expected: string, given?: Given])[] = [
  ['a=b', 'a=b; Secure'],
  ['a=b', 'a=b', plain],
  ['a=b; secure; HttpOnly', 'a=b; secure; HttpOnly'],
  ['a=b; Path=/', 'a=b; Path=/app/; Secure'],
  ['a=b; Path=/', 'a=b; Path=/app; Secure', { path: '/app' }],
  ['a=b;path = /x ;Max-Age=5', 'a=b;path = /app/x ;Max-Age=5', plain],
  ['a=b; Path=/app/x', 'a=b; Path=/app/x', plain],
  ['a=b; Path=/app', 'a=b; Path=/app', plain],
  ['a=b; Path=', 'a=b; Path=', plain],
  ['a=b; Path=x', 'a=b; Path=x', plain],
  ['a=b; Path=/v1/x', 'a=b; Path=/app/x', { ...plain, replace: '/v1/' }],
  ['a=b; Path=/v1', 'a=b; Path=/app/', { ...plain, replace: '/v1/' }],
  ['a=b; Path=/v1/', 'a=b; Path=/app/', { ...plain, replace: '/v1/' }],
  ['a=b; Path=/', 'a=b; Path=/app/', { ...plain, replace: '/v1/v2/' }],
  ['a=b; Path=/v1', 'a=b; Path=/app/', { ...plain, replace: '/v1/v2/' }],
  ['a=b; Path=/other', 'a=b; Path=/other', { ...plain, replace: '/v1/' }],
  ['a=b; Path=/v1/x', 'a=b; Path=/x', { ...plain, path: '/', replace: '/v1/' }],
  ['a=b; Path=/', 'a=b; Path=/', { ...plain, replace: 'keep' }],
  ['a=b; Domain=app.internal; Path=/', 'a=b; Path=/app/', { ...plain, sent: 'app.internal' }],
  ['a=b; domain=.Internal', 'a=b', { ...plain, sent: 'app.internal' }],
  ['a=b; Domain=10.0.0.8', 'a=b', plain],
  // Good for the client as they are, or of no use at all.
  ['a=b; Domain=www.example.com', 'a=b; Domain=www.example.com', plain],
  ['a=b; Domain=.example.com', 'a=b; Domain=.example.com', plain],
  ['a=b; Domain=other.test', 'a=b; Domain=other.test', plain],
  ['a=b; SameSite=None', 'a=b; SameSite=None; Secure'],
  ['a=b; SameSite=None; Path=/', 'a=b; SameSite=Lax; Path=/app/', plain],
  ['a=b; SameSite=None; Secure', 'a=b; SameSite=None; Secure', plain],
  ['a=b; SameSite=Strict', 'a=b; SameSite=Strict', plain],
  ['__Host-a=b; Path=/; Secure', '__Host-a=b; Path=/; Secure'],
  ['__Secure-a=b; Path=/; Secure', '__Secure-a=b; Path=/app/; Secure'],
  ['a="b; Path=/c"; Odd;; x="y"; Path=/', 'a="b; Path=/c"; Odd;; x="y"; Path=/app/', plain],
  ['a="b; Path=/c', 'a="b; Path=/app/c', plain],
  ['', '', plain],
];

for (const [cookie, expected, given] of cases) {
  test(`a cookie ${cookie} becomes ${expected} ${given ? JSON.stringify(given) : ''}`, () => {
    assert.equal(translated('Set-Cookie', cookie, given), expected);
  });
}
