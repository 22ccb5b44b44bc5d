import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError, type ErrorCode } from '../core/errors.ts';
import { answerFor } from './error-answer.ts';
import { KeepSink } from './fixtures.test.ts';

const error = (code: ErrorCode): ProxyError =>
  new ProxyError(code, 'Cannot reach 10.0.0.5: secret', { cause: new Error('hidden') });

test('the answer tells code and id, and nothing of the message or the cause', () => {
  const response = answerFor(error('server-refused'), 'id-7', 'GET');
  const sink = new KeepSink();
  response.body!.start(sink);
  assert.equal(response.status, 502);
  assert.deepEqual(JSON.parse(sink.bytes.toString()), { error: 'server-refused', id: 'id-7' });
  assert.deepEqual(sink.events, ['write', 'end']);
  assert.equal(response.body!.length, sink.bytes.length);
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.equal(response.headers.get('cache-control'), 'no-store');
});

test('an id with quotes and line ends in it stays inside its string', () => {
  const sink = new KeepSink();
  answerFor(error('no-route'), '"},\r\n<x>ü', 'GET').body!.start(sink);
  assert.deepEqual(JSON.parse(sink.bytes.toString()), { error: 'no-route', id: '"},\r\n<x>ü' });
});

test('HEAD gets no body but the length of the one that GET would get', () => {
  const get = answerFor(error('no-route'), 'id-7', 'GET');
  const head = answerFor(error('no-route'), 'id-7', 'HEAD');
  assert.equal(head.body, undefined);
  assert.equal(head.announcedLength, String(get.body!.length));
});

test('405 names the methods that are allowed, 503 when to come again', () => {
  assert.ok(answerFor(error('connect-refused'), '', 'CONNECT').headers.get('allow')!.startsWith('GET, HEAD'));
  assert.equal(answerFor(error('no-server'), '', 'GET').headers.get('retry-after'), '1');
  assert.equal(answerFor(error('server-refused'), '', 'GET').headers.has('retry-after'), false);
});
