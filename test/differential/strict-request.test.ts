import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readStrictly } from './strict-request.ts';

const host = 'Host: a\r\n';

function read(text: string): ReturnType<typeof readStrictly> {
  return readStrictly(Buffer.from(text, 'latin1'));
}

const whole: readonly (readonly [what: string, text: string, body: string])[] = [
  ['no body', `GET / HTTP/1.1\r\n${host}\r\n`, ''],
  ['a length', `POST / HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\nabc`, 'abc'],
  ['chunks', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n`, 'abc'],
  ['trailers', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n`, 'a'],
];

for (const [what, text, body] of whole) {
  test(`a request with ${what} ends where it ends, and not before`, () => {
    const reading = read(`${text}GET /next`);
    assert.equal(reading.kind, 'request');
    assert.equal(reading.end, text.length);
    assert.equal(reading.request.body.toString(), body);
    for (let end = 1; end < text.length; end++) assert.equal(read(text.slice(0, end)).kind, 'more', `${end} bytes`);
  });
}

const malformed: Readonly<Record<string, string>> = {
  'a bare LF': 'GET / HTTP/1.1\nHost: a\r\n\r\n',
  'a bare LF in a field': `GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n`,
  'a space before the colon': 'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
  'a folded line': 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n',
  'two lengths': 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na',
  'a signed length': 'POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\na',
  'a length and chunks': 'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'another coding': 'POST / HTTP/1.1\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n',
  'a chunk size with a sign': 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n',
  'a chunk that is longer': 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
  'a space in the target': 'GET /a b HTTP/1.1\r\n\r\n',
  'another version': 'GET / HTTP/2.0\r\n\r\n',
};

for (const [what, text] of Object.entries(malformed)) {
  test(`${what} is malformed`, () => assert.equal(read(text).kind, 'malformed'));
}
