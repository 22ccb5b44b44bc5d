import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Headers } from '../../core/headers.ts';
import { BodyDecoder } from './body-decoder.ts';
import { CHUNKED } from './framing.ts';
import { parseRequestHead } from './request-head.ts';
import { parseResponseHead } from './response-head.ts';
import { assertFieldValue, chunkStart, lastChunk, requestHeadText, responseHeadText } from './serialise.ts';
import { headText, linesOf, refuses, testLimits } from './fixtures.test.ts';

function headersOf(lines: readonly (readonly [string, string])[]): Headers {
  const headers = new Headers();
  for (const [name, value] of lines) headers.add(name, value);
  return headers;
}

test('requestHeadText() writes Host first and framing last', () => {
  const headers = headersOf([
    ['Accept', '*/*'],
    ['x', ''],
  ]);
  assert.equal(
    requestHeadText('GET', '/a?b', 'example.com', headers, 'Content-Length: 5\r\n'),
    'GET /a?b HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\nx: \r\nContent-Length: 5\r\n\r\n',
  );
  assert.equal(requestHeadText('GET', '/', '', new Headers(), ''), 'GET / HTTP/1.1\r\n\r\n');
});

test('responseHeadText() gives the standard reason where there is none', () => {
  assert.equal(responseHeadText(404, '', new Headers(), ''), 'HTTP/1.1 404 Not Found\r\n\r\n');
  assert.equal(responseHeadText(404, 'Weg', new Headers(), ''), 'HTTP/1.1 404 Weg\r\n\r\n');
  assert.equal(responseHeadText(299, '', headersOf([['a', 'b']]), 'x: y\r\n'), 'HTTP/1.1 299 \r\na: b\r\nx: y\r\n\r\n');
});

test('chunkStart() and lastChunk() make what BodyDecoder reads', () => {
  assert.equal(chunkStart(255), 'ff\r\n');
  assert.equal(lastChunk(), '0\r\n\r\n');
  const decoder = new BodyDecoder(CHUNKED, testLimits, 'server');
  const text = `${chunkStart(3)}abc\r\n${lastChunk(headersOf([['X-Sum', '1']]))}`;
  assert.equal(decoder.decode(Buffer.from(text), 0)?.toString(), 'abc');
  assert.deepEqual(linesOf(decoder.trailers), ['X-Sum: 1']);
  assert.ok(decoder.done);
});

test('assertFieldValue() refuses what would end the line or is no byte', () => {
  for (const value of ['a\rb', 'a\nb', 'a\0', '\x7f', '\u010a', '\u{1f600}']) {
    refuses('internal-error', () => assertFieldValue(value, 'X-Own'), JSON.stringify(value));
  }
  for (const value of ['', 'a\tb', '\xff', 'a b']) assertFieldValue(value, 'X-Own');
});

const token = fc.stringMatching(/^[!#$%&'*+.^`|~A-Za-z0-9-]{1,12}$/).map((name) => `X-${name}`);
const value = fc.stringMatching(/^([!-~\x80-\xff]([ \t!-~\x80-\xff]{0,20}[!-~\x80-\xff])?)?$/);
const fields = fc.array(fc.tuple(token, value), { maxLength: 8 });

test('a request that was written is read as what it was', () => {
  const target = fc.stringMatching(/^\/[!"$->@-~]{0,20}(\?[!"$-~]{0,20})?$/);
  fc.assert(
    fc.property(token, target, fields, fc.nat(), (method, raw, lines, length) => {
      const text = requestHeadText(method, raw, 'example.com:81', headersOf(lines), `Content-Length: ${length}\r\n`);
      const head = parseRequestHead(headText(text), testLimits);
      assert.equal(head.method, method);
      assert.equal(head.target.raw, raw);
      assert.equal(head.target.path + head.target.query, raw);
      assert.equal(head.authority, 'example.com:81');
      assert.equal(head.bodyLength, length);
      assert.deepEqual(
        linesOf(head.headers),
        lines.map((line) => line.join(': ')),
      );
    }),
  );
});

test('an answer that was written is read as what it was', () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), value, fields, (status, reason, lines) => {
      const text = responseHeadText(status, reason, headersOf(lines), 'Transfer-Encoding: chunked\r\n');
      const head = parseResponseHead(headText(text), testLimits);
      assert.equal(head.status, status);
      if (reason !== '') assert.equal(head.reason, reason);
      assert.equal(head.transferChunked, status !== 204);
      assert.deepEqual(
        linesOf(head.headers),
        lines.map((line) => line.join(': ')),
      );
    }),
  );
});
