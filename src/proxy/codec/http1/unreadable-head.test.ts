import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unreadableHead } from './unreadable-head.ts';

test('unreadableHead() keeps the first line of what came, cut short, whatever came', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['', '', ''],
    ['GET /a HTTP/9.9\r\nX: y', 'GET', '/a'],
    ['nonsense', 'nonsense', ''],
    ['\r\nGET /', '', ''],
    [`GET /${'x'.repeat(5000)} HTTP/1.1`, 'GET', `/${'x'.repeat(251)}`],
  ];
  for (const [text, method, raw] of cases) {
    const head = unreadableHead(text);
    assert.deepEqual([head.method, head.target.raw, head.keepAlive, head.bodyLength], [method, raw, false, 0]);
  }
});
