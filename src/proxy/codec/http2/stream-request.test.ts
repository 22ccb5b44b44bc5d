import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeName } from '../../../wire/http2/field-kinds.ts';
import { HeaderField } from '../../../wire/http2/header-field.ts';
import { listenerPlan } from '../../fixtures.test.ts';
import { readRequest, unreadableRequest } from './stream-request.ts';

const { limits, paths } = listenerPlan();
const options = { limits, paths, secured: false, extendedConnect: true };

function fieldsOf(more: Readonly<Record<string, string>> = {}): HeaderField[] {
  const all = { ':method': 'GET', ':scheme': 'http', ':path': '/a/../b?c', ':authority': 'a.test', ...more };
  return Object.entries(all).map(([name, value]) => new HeaderField(judgeName(name), value, false));
}

const whole = { endStream: true, whole: true };

test('the path is normalised, as HTTP/1 has it', () => {
  assert.equal(readRequest(fieldsOf(), whole, options).path, '/b');
  assert.equal(readRequest(fieldsOf({ ':method': 'OPTIONS', ':path': '*' }), whole, options).path, '*');
  assert.throws(() => readRequest(fieldsOf({ ':path': '/../..' }), whole, options), { code: 'bad-path' });
});

test('a list that was over its limit is refused, whatever is in it', () => {
  assert.throws(() => readRequest(fieldsOf(), { endStream: true, whole: false }, options), { code: 'head-too-large' });
});

test('a WebSocket gets a key where its client sent none, which is new each time', () => {
  const connect = { ':method': 'CONNECT', ':protocol': 'websocket' };
  const keyOf = (more = {}): string | undefined =>
    readRequest(fieldsOf({ ...connect, ...more }), { endStream: false, whole: true }, options).head.headers.get(
      'sec-websocket-key',
    );
  const [first, second] = [keyOf(), keyOf()];
  assert.equal(Buffer.from(first!, 'base64').length, 16);
  assert.notEqual(first, second);
  assert.equal(keyOf({ 'sec-websocket-key': 'own' }), 'own');
});

test('what cannot be read is shown by its method and path, cut short', () => {
  const head = unreadableRequest(fieldsOf({ ':path': `/${'x'.repeat(500)}`, Upper: 'x' }));
  assert.deepEqual([head.method, head.target.raw.length, head.headers.length], ['GET', 256, 0]);
  assert.deepEqual([unreadableRequest([]).method, unreadableRequest([]).target.raw], ['', '']);
});
