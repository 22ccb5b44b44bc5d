import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../../../core/headers.ts';
import { CHUNKED } from '../../../wire/http1/framing.ts';
import { HpackDecoder, hpackScratchBytes } from '../../../wire/http2/hpack-decoder.ts';
import { HpackEncoder } from '../../../wire/http2/hpack-encoder.ts';
import type { ServerRequest } from '../connection-user.ts';
import { request } from '../fixtures.test.ts';
import { roomForRequest, webSocketAccept, writeRequest } from './request-fields.ts';

function headersOf(...fields: readonly (readonly [string, string])[]): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  return headers;
}

/** The head as a server reads it: `name: value` each, with a `!` where nobody may index it. */
function written(parts: Partial<ServerRequest>, scheme: 'http' | 'https' = 'http'): string[] {
  const whole = request(parts);
  const room = roomForRequest(whole);
  const encoder = new HpackEncoder();
  const out = Buffer.alloc(room);
  encoder.begin(out, 0);
  writeRequest(encoder, whole, scheme);
  assert.ok(encoder.end <= room, `${encoder.end} bytes in ${room}`);
  const decoder = new HpackDecoder({ listBytes: 65_536, fields: 100 }, Buffer.alloc(hpackScratchBytes(65_536)));
  decoder.decode({ buffer: out, from: 0, to: encoder.end });
  return decoder.fields.map(({ name, value, neverIndexed }) => `${name}: ${value}${neverIndexed ? ' !' : ''}`);
}

const get = [':method: GET', ':scheme: http', ':authority: a', ':path: /'];

test('a request has its pseudo-headers first, and names in lower case', () => {
  assert.deepEqual(written({ headers: headersOf(['Accept', '*/*'], ['X-A', 'b']) }), [...get, 'accept: */*', 'x-a: b']);
  assert.equal(written({}, 'https')[1], ':scheme: https');
  assert.deepEqual(written({ host: '' }), [':method: GET', ':scheme: http', ':path: /']);
});

test('what many requests have in common stands behind their own fields', () => {
  const fixed = { text: '', headers: headersOf(['X-Real-Ip', '192.0.2.1']) };
  assert.deepEqual(written({ headers: headersOf(['a', 'b']), fixed }), [...get, 'a: b', 'x-real-ip: 192.0.2.1']);
});

test('lengths are said where they are known, and where a body is expected', () => {
  const last = (parts: Partial<ServerRequest>): string => written(parts).slice(4).join(', ');
  assert.equal(last({ bodyLength: 12 }), 'content-length: 12');
  assert.equal(last({ method: 'POST' }), 'content-length: 0');
  assert.equal(last({ method: 'POST', bodyLength: CHUNKED }), '');
  assert.equal(last({ method: 'DELETE' }), '');
  assert.equal(last({ bodyLength: 1, expectContinue: true }), 'content-length: 1, expect: 100-continue');
  assert.equal(last({ expectContinue: true }), '');
  assert.equal(last({ acceptsTrailers: true }), 'te: trailers');
});

test('a tunnel is asked for by CONNECT, without the key of HTTP/1', () => {
  const headers = headersOf(['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='], ['Sec-WebSocket-Version', '13']);
  assert.deepEqual(written({ upgrade: 'websocket', headers, acceptsTrailers: true }), [
    ':method: CONNECT',
    ':protocol: websocket',
    ':scheme: http',
    ':authority: a',
    ':path: /',
    'sec-websocket-version: 13',
  ]);
  // The example of RFC 6455 section 1.3.
  assert.equal(webSocketAccept(headers), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  assert.equal(webSocketAccept(new Headers()), undefined);
});

test('fields that nobody may index stay so', () => {
  const headers = headersOf(['x-secret', '1'], ['x-open', '2'], ['Authorization', 'Basic x']);
  headers.neverIndexed = ['x-secret'];
  assert.deepEqual(written({ headers }).slice(4), ['x-secret: 1 !', 'x-open: 2', 'authorization: Basic x !']);
});
