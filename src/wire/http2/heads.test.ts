import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../../core/headers.ts';
import { requestTrailerFaults } from '../http1/faults.ts';
import { CHUNKED } from '../http1/framing.ts';
import { linesOf, refuses } from '../http1/fixtures.test.ts';
import { responseCases, trailerCases } from './answer-cases.test.ts';
import { BodyLength } from './body-length.ts';
import { decoderOf, messageLimits, spanOf } from './fixtures.test.ts';
import { judgeName } from './field-kinds.ts';
import { type HeadCase, requestCases } from './head-cases.test.ts';
import { HeaderField } from './header-field.ts';
import { HpackEncoder, roomForFields } from './hpack-encoder.ts';
import { type Http2RequestHead, parseRequestFields, type RequestHeadOptions } from './request-head.ts';
import { resetCodeOf } from './reset-code.ts';
import { parseResponseFields, responseFieldsLength } from './response-head.ts';
import { parseTrailerFields } from './trailers.ts';
import { toProxyError } from '../../core/errors.ts';
import { writeFields, writeRequestFields } from './write-heads.ts';

const options: RequestHeadOptions = { limits: messageLimits, secured: true, extendedConnect: true };

for (const each of requestCases)
  judge('request', each, (fields) => parseRequestFields(fields, each.endStream ?? true, options));
for (const each of responseCases)
  judge('answer', each, (fields) => parseResponseFields(fields, messageLimits.lineBytes));
for (const each of trailerCases)
  judge('trailers', each, (fields) => parseTrailerFields(fields, messageLimits.trailerBytes, requestTrailerFaults));

function judge(kind: string, each: HeadCase, parse: (fields: HeaderField[]) => unknown): void {
  const { section, rule, fields, refused } = each;
  test(`${section} ${kind}: ${rule}`, () => {
    if (refused === undefined) parse(fieldsOf(fields));
    else refuses(refused, () => parse(fieldsOf(fields)));
  });
}

test('what is malformed is reset, what is only unwelcome is answered', () => {
  const answered = new Set(['uri-too-long', 'head-too-large', 'connect-refused', 'expectation-failed']);
  for (const { fields, endStream, refused } of requestCases) {
    if (refused === undefined) continue;
    try {
      parseRequestFields(fieldsOf(fields), endStream ?? true, options);
    } catch (error) {
      assert.equal(resetCodeOf(toProxyError(error)), answered.has(refused) ? undefined : 1);
    }
  }
});

test('parseRequestFields() tells all of a request', () => {
  const head = requestOf(
    [
      [':method', 'POST'],
      [':path', '/a?b'],
      [':authority', 'Example.com:8443'],
      [':scheme', 'https'],
      ['cookie', 'a=b'],
      ['accept', '*/*'],
      ['cookie', 'c=d'],
      ['cookie', 'e=f'],
      ['te', 'trailers'],
      ['expect', '100-continue'],
      ['content-length', '7'],
      ['priority', 'u=1'],
      ['proxy-authorization', 'x'],
      ['host', 'example.com:8443'],
    ],
    false,
  );
  const { headers, ...rest } = head;
  assert.deepEqual(linesOf(headers), ['cookie: a=b; c=d; e=f', 'accept: */*', 'priority: u=1']);
  assert.deepEqual(rest, {
    method: 'POST',
    scheme: 'https',
    target: { path: '/a', query: '?b', raw: '/a?b' },
    authority: 'Example.com:8443',
    host: 'example.com',
    bodyLength: 7,
    protocol: undefined,
    expectContinue: true,
    acceptsTrailers: true,
    priority: 'u=1',
    neverIndexed: undefined,
  });
});

test('an empty crumb of a cookie leaves nothing behind', () => {
  const crumbs = ['', 'a=b', '', 'c=d', ''].map((value) => ['cookie', value] as const);
  const head = requestOf([...requestCases[0]!.fields.slice(0, 4), ...crumbs]);
  assert.deepEqual(linesOf(head.headers), ['cookie: a=b; c=d']);
});

test('parseRequestFields() knows a body whose length nobody has told, and none', () => {
  const plain = requestCases[0]!.fields;
  assert.equal(requestOf(plain, false).bodyLength, CHUNKED);
  assert.equal(requestOf(plain, true).bodyLength, 0);
});

test('parseRequestFields() tells the protocol of an extended CONNECT', () => {
  const { fields } = requestCases.find(({ rule }) => rule === 'extended CONNECT')!;
  assert.equal(requestOf(fields, false).protocol, 'websocket');
  refuses('bad-request', () => parseRequestFields(fieldsOf(fields), false, { ...options, extendedConnect: false }));
});

test('an https URL that came without TLS is not for us', () => {
  const { fields } = requestCases[0]!;
  refuses('misdirected-request', () => parseRequestFields(fieldsOf(fields), true, { ...options, secured: false }));
});

test('twins of fields that the proxy vouches for are removed', () => {
  const head = requestOf([...requestCases[0]!.fields, ['x_forwarded_for', '1.2.3.4'], ['other_name', 'x']]);
  assert.deepEqual(linesOf(head.headers), ['accept: */*', 'other_name: x']);
});

test('what nobody may index is named', () => {
  const fields = fieldsOf(requestCases[0]!.fields);
  fields.push(new HeaderField(judgeName('x-secret'), 'x', true));
  assert.deepEqual(parseRequestFields(fields, true, options).neverIndexed, ['x-secret']);
});

test('a path that nobody may index is written so', () => {
  const encoder = new HpackEncoder();
  const out = Buffer.alloc(100);
  encoder.begin(out, 0);
  writeRequestFields(encoder, { method: 'GET', scheme: 'https', authority: 'a', path: '/b' }, new Headers(), [':path']);
  const decoder = decoderOf();
  decoder.decode(spanOf(out.subarray(0, encoder.end)));
  assert.deepEqual(parseRequestFields(decoder.fields, true, options).neverIndexed, [':path']);
});

test('parseResponseFields() tells all of an answer', () => {
  const head = parseResponseFields(
    fieldsOf([
      [':status', '200'],
      ['content-length', '10'],
      ['set-cookie', 'a'],
      ['set-cookie', 'b'],
      ['proxy-authenticate', 'Basic'],
    ]),
    messageLimits.lineBytes,
  );
  assert.equal(head.status, 200);
  assert.equal(head.contentLength, '10');
  assert.deepEqual(linesOf(head.headers), ['set-cookie: a', 'set-cookie: b']);
  assert.equal(responseFieldsLength(head, 'GET'), 10);
  assert.equal(responseFieldsLength(head, 'HEAD'), 0);
});

for (const [status, length] of [
  ['200', CHUNKED],
  ['204', 0],
  ['304', 0],
  ['103', 0],
] as const) {
  test(`the body of a ${status} without Content-Length is ${length === 0 ? 'none' : 'as long as it comes'}`, () => {
    const head = parseResponseFields(fieldsOf([[':status', status]]), messageLimits.lineBytes);
    assert.equal(responseFieldsLength(head, 'GET'), length);
  });
}

test('parseTrailerFields() drops what would change the head', () => {
  const { trailerBytes } = messageLimits;
  const fields = fieldsOf([
    ['x-sum', '1'],
    ['set-cookie', 'a'],
    ['content-length', '5'],
    ['host', 'b'],
  ]);
  assert.deepEqual(linesOf(parseTrailerFields(fields, trailerBytes, requestTrailerFaults)), ['x-sum: 1']);
  assert.equal(parseTrailerFields(fieldsOf([['cookie', 'a']]), trailerBytes, requestTrailerFaults), undefined);
});

test('a request and an answer are read as they were written', () => {
  const headers = new Headers();
  headers.add('Accept', '*/*');
  headers.add('X-Key', 'secret');
  const out = Buffer.alloc(roomForFields(headers) + 200);
  const encoder = new HpackEncoder();
  const decoder = decoderOf();
  encoder.begin(out, 0);
  writeRequestFields(encoder, { method: 'GET', scheme: 'http', authority: 'a.b', path: '/c' }, headers, ['X-Key']);
  decoder.decode(spanOf(out.subarray(0, encoder.end)));
  const head = parseRequestFields(decoder.fields, true, options);
  assert.deepEqual(
    [head.method, head.scheme, head.host, head.target.raw, ...linesOf(head.headers)],
    ['GET', 'http', 'a.b', '/c', 'accept: */*', 'x-key: secret'],
  );
  assert.deepEqual(head.neverIndexed, ['x-key']);
  encoder.begin(out, 0);
  encoder.status(418);
  writeFields(encoder, headers);
  decoder.decode(spanOf(out.subarray(0, encoder.end)));
  assert.equal(parseResponseFields(decoder.fields, 512).status, 418);
  encoder.begin(out, 0);
  writeFields(encoder, headers);
  decoder.decode(spanOf(out.subarray(0, encoder.end)));
  assert.equal(decoder.fields.length, 2);
});

test('an extended CONNECT is read as it was written', () => {
  const encoder = new HpackEncoder();
  const decoder = decoderOf();
  const out = Buffer.alloc(200);
  encoder.begin(out, 0);
  const pseudo = { method: 'CONNECT', scheme: 'http', authority: 'a.b', path: '/c', protocol: 'websocket' };
  writeRequestFields(encoder, pseudo, new Headers());
  decoder.decode(spanOf(out.subarray(0, encoder.end)));
  assert.equal(parseRequestFields(decoder.fields, false, options).protocol, 'websocket');
});

test('BodyLength holds what comes against what was announced', () => {
  const announced = new BodyLength(5);
  assert.equal(announced.take(3), true);
  assert.equal(announced.mayEnd, false);
  assert.equal(announced.take(3), false);
  assert.equal(announced.take(2), true);
  assert.equal(announced.mayEnd, true);
  const open = new BodyLength(CHUNKED);
  assert.equal(open.take(1e9), true);
  assert.equal(open.mayEnd, true);
});

function requestOf(fields: HeadCase['fields'], endStream = true): Http2RequestHead {
  return parseRequestFields(fieldsOf(fields), endStream, options);
}

function fieldsOf(fields: HeadCase['fields']): HeaderField[] {
  return fields.map(([name, value]) => new HeaderField(judgeName(name), value, false));
}
