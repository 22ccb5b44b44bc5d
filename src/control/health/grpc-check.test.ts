import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { test } from 'node:test';

import { SecureContexts } from '../../proxy/index.ts';
import { frameMessage } from '../../wire/grpc/message-frame.ts';
import type { CheckResult } from './check-result.ts';
import { answeringHttp2, deadPort, listening, poolOf, type Http2AnswerScript } from './fixtures.test.ts';
import { grpcCheck } from './grpc-check.ts';
import { Targets } from './targets.ts';

async function checked(port: number, service = '', timeoutMs = 5000): Promise<CheckResult> {
  const pool = poolOf([port], undefined);
  const subject = { pool, server: pool.servers[0]! };
  const env = { addressesOf: () => [], contexts: new SecureContexts() };
  const place = { address: undefined, port: undefined };
  const target = new Targets(env, subject, { place, secure: false, timeoutMs, protocol: 'h2' }).next(0);
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  grpcCheck(target, { service, authority: 'app.example', timeoutMs }, resolve);
  return await promise;
}

const head = { ':status': 200, 'content-type': 'application/grpc' };

/** Answers with a message and trailers. */
function saying(message: Buffer, trailers: http2.OutgoingHttpHeaders = { 'grpc-status': '0' }): Http2AnswerScript {
  return (stream) => {
    stream.respond(head, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(message);
  };
}

function status(value: number): Buffer {
  return frameMessage(Buffer.from([0x08, value]));
}

void test('a check calls Check of the health protocol, and SERVING is up', async (t) => {
  const seen: unknown[] = [];
  const port = await answeringHttp2(t, (stream, headers, body) => {
    const { ':method': method, ':path': path, ':authority': authority, te } = headers;
    seen.push([method, path, authority, te, headers['content-type'], body.toString('latin1')]);
    assert.match(String(headers['grpc-timeout']), /^5000000u$/);
    saying(status(1))(stream, headers, body);
  });
  assert.deepEqual(await checked(port, 'a.B'), { kind: 'passed', why: 'SERVING' });
  const call = ['POST', '/grpc.health.v1.Health/Check', 'app.example', 'trailers', 'application/grpc'];
  assert.deepEqual(seen, [[...call, '\0\0\0\0\u0005\n\u0003a.B']]);
});

const bad: readonly (readonly [name: string, answer: Http2AnswerScript, why: RegExp])[] = [
  ['a service that does not serve', saying(status(2)), /^NOT_SERVING$/],
  ['SERVICE_UNKNOWN', saying(status(3)), /does not know the service \(SERVICE_UNKNOWN\)/],
  ['UNKNOWN', saying(frameMessage(Buffer.alloc(0))), /serving status is UNKNOWN/],
  ['a status that nobody knows', saying(status(9)), /serving status is 9/],
  ['a message that is none', saying(frameMessage(Buffer.from([0x08]))), /cannot be read/],
  ['no message', saying(Buffer.alloc(0)), /cannot be read/],
  ['UNIMPLEMENTED', saying(Buffer.alloc(0), { 'grpc-status': '12' }), /grpc\.health\.v1\.Health \(UNIMPLEMENTED\)/],
  [
    'another status, with words',
    saying(Buffer.alloc(0), { 'grpc-status': '14', 'grpc-message': 'too%20busy' }),
    /^the call ended with UNAVAILABLE: too busy$/,
  ],
  ['no status', saying(status(1), {}), /has no grpc-status/],
  [
    'trailers only: the service is unknown',
    (stream) => stream.respond({ ...head, 'grpc-status': '5' }, { endStream: true }),
    /does not know the service "some" \(NOT_FOUND\)/,
  ],
  ['an answer of HTTP', (stream) => stream.respond({ ':status': 404 }, { endStream: true }), /answered 404/],
  [
    'a page',
    (stream) => stream.respond({ 'content-type': 'text/html' }, { endStream: true }),
    /something else than gRPC/,
  ],
  ['a reset', (stream) => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR), /^no answer by HTTP\/2: /],
  ['a connection that is closed', (stream) => stream.session!.destroy(), /no answer by HTTP\/2|without an answer/],
  [
    'more than there can be',
    (stream) => (stream.respond(head), stream.end(Buffer.alloc(200_000))),
    /more than 65536 bytes/,
  ],
];

for (const [name, answer, why] of bad) {
  void test(`a check fails with words: ${name}`, async (t) => {
    const result = await checked(await answeringHttp2(t, answer), 'some');
    assert.equal(result.kind, 'failed');
    assert.match(result.why, why);
  });
}

void test('a check that gets no answer, or no connection, ends in time', async (t) => {
  const port = await answeringHttp2(t, () => undefined);
  assert.deepEqual(await checked(port, '', 1000), { kind: 'failed', why: 'no answer within 1 s' });
  assert.deepEqual(await checked(await deadPort()), { kind: 'failed', why: 'connection refused' });
});

void test('a server that does not speak HTTP/2 is no gRPC server', async (t) => {
  const port = await listening(t, (socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });
  const result = await checked(port);
  assert.equal(result.kind, 'failed');
  assert.match(result.why, /^no answer by HTTP\/2: /);
});

void test('a check that is given up says nothing, and closes its connection', async (t) => {
  const closed = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const port = await answeringHttp2(t, (stream) => {
    asked.resolve();
    stream.on('close', closed.resolve);
  });
  const pool = poolOf([port], undefined);
  const env = { addressesOf: () => [], contexts: new SecureContexts() };
  const place = { address: undefined, port: undefined };
  const targets = new Targets(env, { pool, server: pool.servers[0]! }, { place, secure: false, timeoutMs: 5000 });
  const giveUp = grpcCheck(targets.next(0), { service: '', authority: 'a', timeoutMs: 5000 }, () =>
    assert.fail('it said something'),
  );
  await asked.promise;
  giveUp();
  await closed.promise;
});
