import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProxyError } from '../../core/errors.ts';
import { CHUNKED, UNTIL_CLOSE } from './framing.ts';
import { parseResponseHead, responseBodyLength } from './response-head.ts';
import { linesOf, refuses, responseOf, testLimits } from './fixtures.test.ts';

const ok = 'HTTP/1.1 200 OK';

test('parseResponseHead() tells all of an ordinary answer', () => {
  const { headers, ...rest } = responseOf(
    ok,
    'Server: nginx',
    'Date: x',
    'Content-Length: 74',
    'Connection: keep-alive',
    'Keep-Alive: timeout=5',
    'Set-Cookie: a=1',
    'Set-Cookie: b=2',
    'Upgrade: h2,h2c',
  );
  assert.deepEqual(linesOf(headers), ['Server: nginx', 'Date: x', 'Set-Cookie: a=1', 'Set-Cookie: b=2']);
  assert.deepEqual(rest, {
    status: 200,
    reason: 'OK',
    minor: 1,
    keepAlive: true,
    upgrade: undefined,
    contentLength: '74',
    transferChunked: false,
  });
});

test('the status line has a version of ours, three digits and perhaps a reason', () => {
  assert.equal(responseOf('HTTP/1.1 404 Nicht da \xe4').reason, 'Nicht da \xe4');
  assert.equal(responseOf('HTTP/1.1 200 ').reason, '');
  assert.equal(responseOf('HTTP/1.1 200').reason, '');
  assert.equal(responseOf('HTTP/1.0 599 x').minor, 0);
  const bad = [
    'HTTP/1.2 200 OK',
    'HTTP/2.0 200 OK',
    'HTTP/2 200',
    'ICY 200 OK',
    'http/1.1 200 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1\t200 OK',
  ];
  bad.push(
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 x',
    'HTTP/1.1 600 x',
    'HTTP/1.1 2x0 OK',
    'HTTP/1.1 -20 OK',
    'HTTP/1.1 ',
    'HTTP/1.1',
  );
  bad.push('HTTP/1.1 200\tOK', ' HTTP/1.1 200 OK', 'HTTP/1.1 20', '200 OK');
  for (const line of bad) refuses('server-junk', () => responseOf(line), line);
});

test('broken fields, too many and too long ones are junk', () => {
  for (const line of ['x', ': x', 'a : b', 'a b: c', 'a: b\0', 'a: b\r\n c'])
    refuses('server-junk', () => responseOf(ok, line), line);
  const fields = Array.from({ length: testLimits.fields + 1 }, (_, i) => `a${i}: b`);
  refuses('server-junk', () => responseOf(ok, ...fields));
  const long = 'x'.repeat(testLimits.lineBytes);
  refuses('server-junk', () => parseResponseHead(`${ok}\r\na: ${long}`, testLimits));
  refuses('server-junk', () => parseResponseHead(`${ok} ${long}`, testLimits));
});

test('an answer whose length is open to doubt is junk', () => {
  const bad = [
    ['Content-Length: 1', 'Content-Length: 1'],
    ['Content-Length: 1, 1'],
    ['Content-Length: -1'],
    ['Content-Length:'],
    ['Content-Length: 1', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: gzip, chunked'],
    ['Transfer-Encoding: identity'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
  ];
  for (const lines of bad) refuses('server-junk', () => responseOf(ok, ...lines), lines.join());
  refuses('server-junk', () => responseOf('HTTP/1.0 200 OK', 'Transfer-Encoding: chunked'));
});

test('responseBodyLength() follows RFC 9112 section 6.3', () => {
  const length = (method: string, status: number, ...lines: readonly string[]) =>
    responseBodyLength(responseOf(`HTTP/1.1 ${status}`, ...lines), method);
  assert.equal(length('GET', 200, 'Content-Length: 17'), 17);
  assert.equal(length('GET', 200, 'Transfer-Encoding: CHUNKED'), CHUNKED);
  assert.equal(length('GET', 200), UNTIL_CLOSE);
  for (const lines of [[], ['Content-Length: 17'], ['Transfer-Encoding: chunked']]) {
    assert.equal(length('HEAD', 200, ...lines), 0);
    for (const status of [100, 101, 103, 204, 304]) assert.equal(length('GET', status, ...lines), 0);
  }
  assert.equal(length('GET', 205), UNTIL_CLOSE);
});

test('contentLength stays known for HEAD and 304, and is never passed on for 1xx and 204', () => {
  assert.equal(responseOf('HTTP/1.1 304 x', 'Content-Length: 5').contentLength, '5');
  for (const status of [103, 204]) {
    const head = responseOf(`HTTP/1.1 ${status} x`, 'Content-Length: 5');
    assert.equal(head.contentLength, undefined);
    assert.equal(head.keepAlive, false);
    assert.equal(responseOf(`HTTP/1.1 ${status} x`, 'Content-Length: 0').keepAlive, true);
    const chunked = responseOf(`HTTP/1.1 ${status} x`, 'Transfer-Encoding: chunked');
    assert.equal(chunked.transferChunked, false);
    assert.equal(chunked.keepAlive, false);
  }
});

test('keepAlive follows version and Connection, which may name fields', () => {
  assert.equal(responseOf(ok, 'Connection: close').keepAlive, false);
  assert.equal(responseOf('HTTP/1.0 200').keepAlive, false);
  assert.equal(responseOf('HTTP/1.0 200', 'Connection: keep-alive').keepAlive, true);
  const head = responseOf(ok, 'Connection: x-own, Set-Cookie', 'X-Own: 1', 'Set-Cookie: a=b');
  assert.deepEqual(linesOf(head.headers), ['Set-Cookie: a=b']);
});

test('upgrade is what a 101 changes to, or a 426 asks for', () => {
  const lines = ['Connection: Upgrade', 'Upgrade: WebSocket'];
  assert.equal(responseOf('HTTP/1.1 101 x', ...lines).upgrade, 'websocket');
  assert.equal(responseOf('HTTP/1.1 101 x', 'Upgrade: WebSocket').upgrade, undefined);
  assert.equal(responseOf('HTTP/1.1 426 x', ...lines).upgrade, 'websocket');
  assert.equal(responseOf('HTTP/1.1 426 x', 'Connection: Upgrade', 'Upgrade: h2c').upgrade, undefined);
  assert.equal(responseOf('HTTP/1.1 400 x', ...lines).upgrade, undefined);
});

test('parseResponseHead() throws nothing but server-junk, whatever the text', () => {
  const piece = fc.constantFrom(
    'HTTP/1.1 ',
    'HTTP/1.0 ',
    '200',
    '204',
    '\r\n',
    'a',
    ':',
    'Content-Length: ',
    '5',
    'Transfer-Encoding: chunked',
    '\0',
    '\xff',
    ' ',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 30 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (raw) => {
      try {
        responseBodyLength(parseResponseHead(raw, testLimits), 'GET');
      } catch (error) {
        assert.ok(error instanceof ProxyError && error.code === 'server-junk', String(error));
      }
    }),
    { numRuns: 3000 },
  );
});
