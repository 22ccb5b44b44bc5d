import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../../../core/headers.ts';
import { CHUNKED, UNTIL_CLOSE } from '../../../wire/http1/framing.ts';
import type { Exchange, ProxyResponse } from '../../exchange.ts';
import { exchangeOf, HandSource, headersOf } from '../../fixtures.test.ts';
import { answerHead, answerLength } from './answer-head.ts';

const now = { line: () => 'Date: now\r\n' };

function answer(parts: Partial<ProxyResponse>): ProxyResponse {
  return { status: 200, reason: '', headers: new Headers(), body: undefined, announcedLength: undefined, ...parts };
}

function linesOf(exchange: Partial<Exchange>, response: Partial<ProxyResponse>, keepAlive = true): string[] {
  const whole = exchangeOf(exchange);
  const text = answerHead(whole, answer(response), answerLength(whole, answer(response)), { keepAlive, date: now });
  assert.ok(text.endsWith('\r\n\r\n'));
  return text.slice(0, -4).split('\r\n');
}

test('the length of the body is what this client can read, by RFC 9112 section 6.3', () => {
  const cases: readonly (readonly [Exchange['protocol'], Partial<ProxyResponse>, number])[] = [
    ['HTTP/1.1', {}, 0],
    ['HTTP/1.1', { body: new HandSource(7) }, 7],
    ['HTTP/1.1', { body: new HandSource(0) }, 0],
    ['HTTP/1.1', { body: new HandSource() }, CHUNKED],
    ['HTTP/1.0', { body: new HandSource(7) }, 7],
    ['HTTP/1.0', { body: new HandSource() }, UNTIL_CLOSE],
    ['HTTP/1.1', { status: 101, body: new HandSource() }, UNTIL_CLOSE],
    ['HTTP/1.1', { status: 304, announcedLength: '12' }, 0],
  ];
  for (const [protocol, response, length] of cases) {
    assert.equal(
      answerLength(exchangeOf({ protocol }), answer(response)),
      length,
      JSON.stringify([protocol, response.status]),
    );
  }
});

test('the framing fields are ours, whatever the method, status and version', () => {
  const cases: readonly (readonly [Partial<Exchange>, Partial<ProxyResponse>, readonly string[]])[] = [
    [{}, {}, ['Content-Length: 0']],
    [{}, { body: new HandSource(12) }, ['Content-Length: 12']],
    [{}, { body: new HandSource() }, ['Transfer-Encoding: chunked']],
    [{ protocol: 'HTTP/1.0' }, { body: new HandSource(12) }, ['Content-Length: 12', 'Connection: keep-alive']],
    [{ method: 'HEAD' }, {}, []],
    [{ method: 'HEAD' }, { announcedLength: '99' }, ['Content-Length: 99']],
    [{ method: 'HEAD' }, { announcedLength: '0' }, ['Content-Length: 0']],
    [{}, { status: 204 }, []],
    [{}, { status: 204, announcedLength: '99' }, []],
    [{ method: 'HEAD' }, { status: 204, announcedLength: '99' }, []],
    [{}, { status: 304 }, []],
    [{}, { status: 304, announcedLength: '99' }, ['Content-Length: 99']],
    [{}, { status: 205 }, ['Content-Length: 0']],
    [{}, { status: 500, announcedLength: '0' }, ['Content-Length: 0']],
  ];
  for (const [exchange, response, lines] of cases) {
    const [start, date, ...rest] = linesOf(exchange, response);
    assert.ok(start!.startsWith(`HTTP/1.1 ${response.status ?? 200} `));
    assert.equal(date, 'Date: now');
    assert.deepEqual(rest, lines, JSON.stringify([exchange, response.status, response.announcedLength]));
  }
});

test('a 426 says to which protocol the client has to change, if it can', () => {
  const upgrade = 'websocket';
  const last = (exchange: Partial<Exchange>, response: Partial<ProxyResponse>, keepAlive = true): string[] =>
    linesOf(exchange, response, keepAlive).filter((line) => /^(Connection|Upgrade)/.test(line));
  assert.deepEqual(last({}, { status: 426, upgrade }), ['Connection: Upgrade', 'Upgrade: websocket']);
  assert.deepEqual(last({}, { status: 426, upgrade }, false), ['Connection: Upgrade, close', 'Upgrade: websocket']);
  assert.deepEqual(last({}, { status: 426 }), []);
  assert.deepEqual(last({ protocol: 'HTTP/1.0' }, { status: 426, upgrade }), ['Connection: keep-alive']);
});

test('Connection says close where the connection ends, keep-alive only to an HTTP/1.0 client', () => {
  const cases: readonly (readonly [Exchange['protocol'], boolean, readonly string[]])[] = [
    ['HTTP/1.1', true, []],
    ['HTTP/1.1', false, ['Connection: close']],
    ['HTTP/1.0', true, ['Connection: keep-alive']],
    ['HTTP/1.0', false, ['Connection: close']],
  ];
  for (const [protocol, keepAlive, lines] of cases) {
    const connection = linesOf({ protocol }, {}, keepAlive).filter((line) => line.startsWith('Connection'));
    assert.deepEqual(connection, lines);
  }
});

test('a 101 names its protocol and has neither length nor coding', () => {
  const body = new HandSource();
  assert.deepEqual(linesOf({ upgrade: 'websocket' }, { status: 101, body, upgrade: 'websocket' }, false), [
    'HTTP/1.1 101 Switching Protocols',
    'Date: now',
    'Connection: Upgrade',
    'Upgrade: websocket',
  ]);
});

test("the server's Date stays, and is the only one", () => {
  const lines = linesOf({}, { headers: headersOf(['X-A', '1'], ['date', 'then']) });
  assert.deepEqual(lines.slice(1), ['X-A: 1', 'date: then', 'Content-Length: 0']);
});

test('the reason phrase is what the server sent, else the standard one; unknown statuses have an empty one', () => {
  assert.equal(linesOf({}, { reason: 'Fine' })[0], 'HTTP/1.1 200 Fine');
  assert.equal(linesOf({}, { status: 404 })[0], 'HTTP/1.1 404 Not Found');
  assert.match(linesOf({}, { status: 599 })[0]!, /^HTTP\/1\.1 599 /);
});
