import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequestHead } from '../../../wire/http1/request-head.ts';
import { clientOf, HandSource, listenerPlan } from '../../fixtures.test.ts';
import { Http1Exchange, unreadableHead } from './http1-exchange.ts';

const timings = { started: 1, headRead: 2, queuedMs: 0, connected: 0, firstByte: 0, ended: 0 };

test('an exchange says what its head said, with the normalised path beside the raw one', () => {
  const head = parseRequestHead('GET /a/../b?c=d HTTP/1.0\r\nHost: A.test:81\r\nX-Y: z', listenerPlan().limits);
  const client = clientOf();
  const body = new HandSource();
  const exchange = new Http1Exchange('id-9', client, head, { path: '/b', body, timings });
  assert.deepEqual(exchange.target, { path: '/b', query: '?c=d', raw: '/a/../b?c=d' });
  assert.equal(exchange.protocol, 'HTTP/1.0');
  assert.equal(exchange.authority, 'A.test:81');
  assert.equal(exchange.host, 'a.test');
  assert.equal(exchange.headers.get('x-y'), 'z');
  assert.equal(exchange.body, body);
  assert.equal(exchange.clientAddress, client.address);
  assert.equal(exchange.dry, false);
  assert.equal(exchange.status, 0);
  assert.equal(exchange.reason, undefined);
});

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
