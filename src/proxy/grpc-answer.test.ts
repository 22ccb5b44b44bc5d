import assert from 'node:assert/strict';
import { test } from 'node:test';

import { errorCodes, ProxyError, type ErrorCode } from '../core/errors.ts';
import { answerTo, ownAnswerTo } from './error-answer.ts';
import type { Exchange, ProxyResponse } from './exchange.ts';
import { exchangeOf, HandSource, headersOf } from './fixtures.test.ts';
import { isGrpcCall } from './grpc-answer.ts';

function callOf(parts: Partial<Exchange> = {}): Exchange {
  return exchangeOf({
    protocol: 'HTTP/2.0',
    method: 'POST',
    headers: headersOf(['content-type', 'application/grpc+proto']),
    ...parts,
  });
}

function failure(code: ErrorCode, exchange = callOf()): ProxyResponse {
  return answerTo(exchange, new ProxyError(code, 'Cannot: secret'));
}

void test('a gRPC call is POST over HTTP/2 with the content type of gRPC', () => {
  assert.equal(isGrpcCall(callOf()), true);
  assert.equal(isGrpcCall(callOf({ protocol: 'HTTP/1.1' })), false);
  assert.equal(isGrpcCall(callOf({ method: 'GET' })), false);
  assert.equal(isGrpcCall(callOf({ headers: headersOf(['content-type', 'application/grpc-web']) })), false);
  assert.equal(isGrpcCall(callOf({ headers: headersOf() })), false);
});

void test('a failure of a gRPC call is trailers only, in a 200, with code and id and nothing else', () => {
  const exchange = callOf({ id: 'a%b\u00e9' });
  const { status, headers, body, announcedLength } = failure('server-refused', exchange);
  assert.deepEqual([status, body, announcedLength], [200, undefined, undefined]);
  assert.deepEqual(headers.names, ['Content-Type', 'Grpc-Status', 'Grpc-Message']);
  assert.deepEqual(headers.values, ['application/grpc', '14', 'server-refused, id a%25b%C3%A9']);
  assert.equal(exchange.grpcStatus, 14);
});

const expected: Readonly<Partial<Record<ErrorCode, number>>> = {
  'bad-request': 13,
  unauthorized: 16,
  'address-denied': 7,
  'no-route': 12,
  'no-server': 14,
  'server-timeout': 14,
  'server-junk': 14,
  'deadline-exceeded': 4,
  'body-too-large': 8,
  'internal-error': 13,
  'loop-detected': 13,
  'body-timeout': 2,
};

for (const [code, status] of Object.entries(expected)) {
  void test(`${code} is status ${status}`, () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the table
    assert.equal(failure(code as ErrorCode).headers.get('grpc-status'), String(status));
  });
}

void test('a server that reset the call is quoted: its code says which status', () => {
  const status = (resetCode?: number): string | undefined => {
    const options = resetCode === undefined ? {} : { resetCode };
    return answerTo(callOf(), new ProxyError('server-reset', 'Cannot', options)).headers.get('grpc-status');
  };
  assert.deepEqual([status(8), status(11), status(2), status(99), status()], ['1', '8', '13', '13', '14']);
});

void test('no failure is a status of success', () => {
  for (const code of errorCodes) assert.notEqual(failure(code).headers.get('grpc-status'), '0', code);
});

void test('the same failures are JSON for all others', () => {
  const exchange = exchangeOf({ headers: headersOf(['content-type', 'application/grpc']) });
  const answer = failure('no-route', exchange);
  assert.equal(answer.status, 404);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  assert.equal(exchange.grpcStatus, undefined);
});

function refusal(status: number, body?: HandSource): ProxyResponse {
  const headers = headersOf(['WWW-Authenticate', 'Basic realm="x"'], ['Content-Type', 'text/html'], ['Vary', 'Origin']);
  return { status, reason: '', headers, body, announcedLength: undefined };
}

void test('what a feature refuses a gRPC call with becomes trailers only: its fields stay, its body does not', () => {
  const body = new HandSource(3);
  const exchange = callOf();
  const { status, headers, body: rest } = ownAnswerTo(exchange, refusal(401, body));
  assert.deepEqual([status, rest], [200, undefined]);
  assert.deepEqual(headers.getAll('content-type'), ['application/grpc']);
  assert.equal(headers.get('grpc-status'), '16');
  assert.equal(headers.get('grpc-message'), 'HTTP 401, id id-1');
  assert.equal(headers.get('www-authenticate'), 'Basic realm="x"');
  assert.equal(headers.get('vary'), 'Origin');
  assert.deepEqual(body.events, ['cancel client-abort']);
});

void test('what a feature answers to others, or answers well, stays as it is', () => {
  const answers = [refusal(200), refusal(308)];
  for (const answer of answers) assert.equal(ownAnswerTo(callOf(), answer), answer);
  const denied = refusal(401);
  assert.equal(ownAnswerTo(exchangeOf(), denied), denied);
});
