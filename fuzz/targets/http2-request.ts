import assert from 'node:assert/strict';

import { isToken } from '../../src/wire/chars.ts';
import { HeadReader } from '../../src/wire/http1/head-reader.ts';
import { parseRequestHead } from '../../src/wire/http1/request-head.ts';
import { requestHeadText } from '../../src/wire/http1/serialise.ts';
import { judgeName } from '../../src/wire/http2/field-kinds.ts';
import { HeaderField } from '../../src/wire/http2/header-field.ts';
import { parsePriority } from '../../src/wire/http2/priority.ts';
import { parseRequestFields } from '../../src/wire/http2/request-head.ts';
import { parseResponseFields } from '../../src/wire/http2/response-head.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { outcomeOf } from './outcome.ts';
import { checkFields, findHead, pairsOf, smallLimits } from './request-head.ts';

/** Between name and value, and behind a field: bytes that mean nothing to HTTP. */
const EQUALS = '\xff';
const END = '\xfe';

const about = {
  name: 'http2-request',
  about: 'fields of HTTP/2 are refused, or make one request of HTTP/1 that means the same',
  seeds: () => [
    text(':method=GET', ':scheme=https', ':authority=a.test', ':path=/a?b', 'accept=*/*', 'cookie=a=b', 'cookie=c'),
    text(
      ':method=POST',
      ':scheme=http',
      ':path=/',
      'host=a.test:80',
      'content-length=5',
      'te=trailers',
      'priority=u=1, i',
    ),
    text(':method=CONNECT', ':protocol=websocket', ':scheme=https', ':authority=[::1]:8', ':path=/', 'x_y=1'),
    text(':method=OPTIONS', ':scheme=https', ':authority=a', 'host=A:443', ':path=*', 'expect=100-continue'),
    text(':status=200', 'content-length=5', 'set-cookie=a', 'set-cookie=b'),
  ],
  words: [
    ...[END, EQUALS, ':method', ':path', ':authority', ':scheme', ':protocol', ':status', ':', 'host', 'Host', 'te'],
    ...[
      'transfer-encoding',
      'chunked',
      'connection',
      'content-length',
      'upgrade',
      'x_forwarded_for',
      'expect',
      'priority',
    ],
    ...[
      '\r\n',
      '\n',
      '\r',
      '\0',
      ' ',
      '\t',
      'GET / HTTP/1.1',
      '#',
      '@',
      'http://',
      '\x7f',
      '\xe4',
      '0',
      '18446744073709551616',
    ],
  ],
  longest: 1000,
};

const options = { limits: smallLimits, secured: true, extendedConnect: true };

export const http2Request: Target = plainTarget(about, (input, random) => {
  const fields = input
    .toString('latin1')
    .split(END)
    .slice(0, smallLimits.fields)
    .map((field) => {
      const at = field.indexOf(EQUALS);
      const name = at < 0 ? field : field.slice(0, at);
      return new HeaderField(judgeName(name), at < 0 ? '' : field.slice(at + 1), false);
    });
  const answer = outcomeOf(() => parseResponseFields(fields, smallLimits.lineBytes));
  if ('value' in answer) checkFields(answer.value.headers);
  const parsed = outcomeOf(() => parseRequestFields(fields, random.int(2) === 0, options));
  if ('code' in parsed) return;
  const { method, target, authority, host, headers, priority, bodyLength } = parsed.value;
  assert.ok(!('value' in answer), 'a request and an answer at once');
  checkFields(headers);
  assert.ok(isToken(method));
  const { urgency } = parsePriority(priority);
  assert.ok(urgency >= 0 && urgency <= 7);
  if (method === 'CONNECT') return;
  const framing = bodyLength > 0 ? `Content-Length: ${bodyLength}\r\n` : '';
  const head = requestHeadText(method, target.raw, authority, headers, framing);
  const limits = { ...smallLimits, headBytes: 100_000, lineBytes: 100_000, fields: 100 };
  const again = findHead([Buffer.from(head, 'latin1')], new HeadReader(limits));
  assert.ok(again !== undefined && again.end === head.length, 'what is written is not one head');
  const reread = parseRequestHead(again.text, limits);
  assert.deepEqual(
    [reread.method, reread.target.raw, reread.host, reread.bodyLength, reread.keepAlive, reread.upgrade],
    [method, target.raw, host, Math.max(0, bodyLength), true, undefined],
  );
  assert.deepEqual(pairsOf(reread.headers), pairsOf(headers), 'HTTP/1 reads other fields');
});

function text(...fields: readonly string[]): string {
  return fields.map((field) => field.replace('=', EQUALS)).join(END);
}
