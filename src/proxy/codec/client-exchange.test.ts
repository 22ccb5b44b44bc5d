import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequestHead } from '../../wire/http1/request-head.ts';
import { clientOf, HandSource, listenerPlan } from '../fixtures.test.ts';
import { ClientExchange } from './client-exchange.ts';

const timings = { started: 1, headRead: 2, queuedMs: 0, connected: 0, firstByte: 0, ended: 0 };

test('an exchange says what its head said, with the normalised path beside the raw one', () => {
  const head = parseRequestHead('GET /a/../b?c=d HTTP/1.0\r\nHost: A.test:81\r\nX-Y: z', listenerPlan().limits);
  const client = clientOf();
  const body = new HandSource();
  const parts = { protocol: 'HTTP/1.0', path: '/b', upgrade: undefined, body, timings } as const;
  const exchange = new ClientExchange('id-9', client, head, parts);
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
