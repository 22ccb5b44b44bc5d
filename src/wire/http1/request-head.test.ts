import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProxyError } from '../../core/errors.ts';
import { CHUNKED } from './framing.ts';
import { parseRequestHead } from './request-head.ts';
import { linesOf, refuses, requestOf, testLimits } from './fixtures.test.ts';

const get = 'GET / HTTP/1.1';
const post = 'POST / HTTP/1.1';
const host = 'Host: a';

test('parseRequestHead() tells all of an ordinary request', () => {
  const { headers, ...rest } = requestOf(
    'GET /a/b.js?x=1 HTTP/1.1',
    'Host: Example.com:8080',
    'User-Agent: x',
    'Accept:*/*',
    'x-own: \t one  two \t',
    'Empty:',
  );
  assert.deepEqual(linesOf(headers), ['User-Agent: x', 'Accept: */*', 'x-own: one  two', 'Empty: ']);
  assert.deepEqual(rest, {
    method: 'GET',
    target: { path: '/a/b.js', query: '?x=1', raw: '/a/b.js?x=1' },
    minor: 1,
    authority: 'Example.com:8080',
    host: 'example.com',
    bodyLength: 0,
    keepAlive: true,
    upgrade: undefined,
    expectContinue: false,
    acceptsTrailers: false,
  });
});

test('parseRequestHead() keeps order, case, repeats and obs-text of fields', () => {
  const { headers } = requestOf(get, host, 'x-B: 1', 'X-b: 2', 'Cookie: \xe4', 'x-B: 3');
  assert.deepEqual(linesOf(headers), ['x-B: 1', 'X-b: 2', 'Cookie: \xe4', 'x-B: 3']);
});

test('a request line is a method, a target and a version with one space between each', () => {
  for (const line of ['GET  / HTTP/1.1', 'GET /  HTTP/1.1', 'GET / HTTP/1.1 ', ' GET / HTTP/1.1', 'GET\t/ HTTP/1.1']) {
    refuses('bad-request', () => requestOf(line, host), line);
  }
  for (const line of [
    'GET',
    'GE(T / HTTP/1.1',
    'G\xcbT / HTTP/1.1',
    'GET / http/1.1',
    'GET / HTTP/1.10',
    'GET / HTTP/1',
  ]) {
    refuses('bad-request', () => requestOf(line, host), line);
  }
  for (const line of ['GET / HTTX/1.1', 'GET /a b HTTP/1.1', 'GET / HTTP/1,1', ': / HTTP/1.1', 'GET ']) {
    refuses('bad-request', () => requestOf(line, host), line);
  }
  assert.equal(requestOf('M-SEARCH / HTTP/1.1', host).method, 'M-SEARCH');
});

test('versions other than HTTP/1.x are not supported, and 1.2 counts as 1.1', () => {
  for (const line of ['GET /', 'PRI * HTTP/2.0', 'GET / HTTP/0.9', 'GET / HTTP/3.0']) {
    refuses('version-not-supported', () => requestOf(line, host), line);
  }
  assert.equal(requestOf('GET / HTTP/1.2', host).minor, 1);
  assert.equal(requestOf('GET / HTTP/1.0', host).minor, 0);
});

test('CONNECT is refused', () => {
  refuses('connect-refused', () => requestOf('CONNECT example.com:443 HTTP/1.1', 'Host: example.com:443'));
});

test('a target has visible ASCII but no #', () => {
  for (const target of ['/\xe4', '/a#b', '#', '/?a#b', 'foo', 'ftp://a/', '*', '?a', 'http:/a', 'HTTPX://a/']) {
    refuses('bad-path', () => requestOf(`GET ${target} HTTP/1.1`, host), target);
  }
  assert.deepEqual(requestOf('GET /a?|[]{}^`\\"<>?=%zz HTTP/1.1', host).target.query, '?|[]{}^`\\"<>?=%zz');
});

test('asterisk-form is for OPTIONS', () => {
  assert.deepEqual(requestOf('OPTIONS * HTTP/1.1', host).target, { path: '*', query: '', raw: '*' });
});

test('absolute-form wins over Host, which must agree with it', () => {
  const head = requestOf('GET HTTP://Example.com:80/a?b HTTP/1.1', 'Host: example.COM');
  assert.deepEqual(head.target, { path: '/a', query: '?b', raw: '/a?b' });
  assert.equal(head.authority, 'Example.com:80');
  assert.equal(head.host, 'example.com');
  assert.equal(requestOf('GET https://a.:443 HTTP/1.1', host).target.raw, '/');
  assert.equal(requestOf('GET http://a?b HTTP/1.1', host).target.raw, '/?b');
  assert.equal(requestOf('OPTIONS http://a HTTP/1.1', host).target.path, '*');
  assert.equal(requestOf('GET http://[::1]:81/ HTTP/1.0').host, '::1');
  for (const target of ['http://b/', 'http://a:81/', 'http://u@a/', 'http:///a', 'https://a:80/', 'http://a,b/']) {
    refuses('bad-host', () => requestOf(`GET ${target} HTTP/1.1`, host), target);
  }
  refuses('bad-host', () => requestOf('GET http://a/ HTTP/1.1'));
});

test('an https URL is refused where the request came neither by TLS nor from a proxy whose word counts', () => {
  const text = 'GET https://a/ HTTP/1.1\r\nHost: a\r\n';
  refuses('misdirected-request', () => parseRequestHead(text, testLimits, false), text);
  assert.equal(parseRequestHead(text, testLimits, true).host, 'a');
  assert.equal(parseRequestHead(text.replace('https', 'http'), testLimits, false).host, 'a');
});

test('HTTP/1.1 needs one good Host, HTTP/1.0 may have none', () => {
  refuses('bad-host', () => requestOf(get));
  refuses('bad-host', () => requestOf(get, host, host));
  refuses('bad-host', () => requestOf(get, host, 'host: b'));
  refuses('bad-host', () => requestOf('GET / HTTP/1.0', host, host));
  for (const value of ['', 'a b', 'a/b', 'a:x', 'u@a', 'a, a', '\xe4']) {
    refuses('bad-host', () => requestOf(get, `Host: ${value}`), value);
  }
  const old = requestOf('GET / HTTP/1.0');
  assert.equal(old.authority, '');
  assert.equal(old.host, '');
});

test('a field line is a token, a colon and a value', () => {
  for (const line of [
    'no colon',
    ': x',
    'a b: c',
    'a : c',
    'a\t: c',
    '\xe4: b',
    'a(: b',
    'Host : a',
    '"a": b',
    'a@b: c',
  ]) {
    refuses('bad-request', () => requestOf(get, host, line), line);
  }
  assert.deepEqual(linesOf(requestOf(get, host, 'a::b:').headers), ['a: :b:']);
});

test('what the reader does not let through cannot become part of a field', () => {
  for (const line of ['a: b\rc', 'a: b\nc', 'a: b\0c', 'a: \x1b', 'a: \x7f', 'a: b\r\n c']) {
    refuses('bad-request', () => requestOf(get, host, line), JSON.stringify(line));
  }
});

test('limits hold for the number of fields and the length of lines', () => {
  const fields = Array.from({ length: testLimits.fields - 1 }, (_, i) => `a${i}: b`);
  assert.equal(requestOf(get, host, ...fields).headers.length, testLimits.fields - 1);
  refuses('head-too-large', () => requestOf(get, host, ...fields, 'c: d'));
  const long = 'x'.repeat(testLimits.lineBytes);
  refuses('uri-too-long', () => parseRequestHead(`GET /${long} HTTP/1.1\r\nHost: a`, testLimits));
  refuses('head-too-large', () => parseRequestHead(`${get}\r\nHost: a\r\nb: ${long}`, testLimits));
});

test('Content-Length is one number', () => {
  assert.equal(requestOf(post, host, 'Content-Length: 17').bodyLength, 17);
  assert.equal(requestOf(post, host, 'content-length: 0').bodyLength, 0);
  assert.equal(requestOf(post, host, 'Content-Length: 9007199254740991').bodyLength, Number.MAX_SAFE_INTEGER);
  const bad = [
    '',
    '+1',
    '-1',
    '1 ,1',
    '1, 1',
    '1 1',
    '0x1',
    '1e3',
    '1.0',
    '9007199254740992',
    '99999999999999999999',
    '\xb2',
  ];
  for (const value of bad) refuses('bad-framing', () => requestOf(post, host, `Content-Length: ${value}`), value);
  refuses('bad-framing', () => requestOf(post, host, 'Content-Length: 1', 'Content-Length: 1'));
  refuses('bad-framing', () => requestOf(post, host, 'Content-Length: 1', 'content-length: 2'));
  refuses('bad-framing', () => requestOf(post, host, 'Content-Length:', 'content-length: 2'));
});

test('Transfer-Encoding is one chunked, without Content-Length, in HTTP/1.1', () => {
  assert.equal(requestOf(post, host, 'Transfer-Encoding: chunked').bodyLength, CHUNKED);
  assert.equal(requestOf(post, host, 'transfer-encoding: \tChunked ').bodyLength, CHUNKED);
  for (const value of [
    '',
    'gzip',
    'gzip, chunked',
    'chunked, chunked',
    'chunked;a=b',
    'identity',
    'xchunked',
    'chunked,',
    '"chunked"',
  ]) {
    refuses('bad-framing', () => requestOf(post, host, `Transfer-Encoding: ${value}`), value);
  }
  refuses('bad-framing', () => requestOf(post, host, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'));
  refuses('bad-framing', () => requestOf(post, host, 'Transfer-Encoding: chunked', 'Content-Length: 1'));
  refuses('bad-framing', () => requestOf(post, host, 'Content-Length: 1', 'Transfer-Encoding: identity'));
  refuses('bad-framing', () => requestOf('POST / HTTP/1.0', host, 'Transfer-Encoding: chunked'));
  refuses('bad-request', () => requestOf(post, host, 'Transfer-Encoding : chunked'));
});

test('fields of the connection and those written anew stay out of headers', () => {
  const { headers } = requestOf(
    post,
    host,
    'Connection: keep-alive, X-Own, Authorization',
    'Keep-Alive: 5',
    'Proxy-Connection: close',
    'TE: gzip, Trailers',
    'Upgrade: websocket',
    'HTTP2-Settings: a',
    'Proxy-Authorization: b',
    'Expect: 100-Continue',
    'Content-Length: 5',
    'x-own: 1',
    'Authorization: c',
    'Trailer: d',
    'X_Forwarded_For: 1.2.3.4',
    'my_field: e',
  );
  assert.deepEqual(linesOf(headers), ['Authorization: c', 'Trailer: d', 'my_field: e']);
});

test('keepAlive follows version and Connection', () => {
  const keeps = (version: string, ...lines: readonly string[]) =>
    requestOf(`GET / ${version}`, host, ...lines).keepAlive;
  assert.equal(keeps('HTTP/1.1'), true);
  assert.equal(keeps('HTTP/1.1', 'Connection: close'), false);
  assert.equal(keeps('HTTP/1.1', 'Connection: x, CLOSE'), false);
  assert.equal(keeps('HTTP/1.1', 'Connection: keep-alive', 'Connection: close'), false);
  assert.equal(keeps('HTTP/1.1', 'Proxy-Connection: close'), true);
  assert.equal(keeps('HTTP/1.0'), false);
  assert.equal(keeps('HTTP/1.0', 'Connection: Keep-Alive'), true);
  assert.equal(keeps('HTTP/1.0', 'Connection: keep-alive, close'), false);
});

test('upgrade needs HTTP/1.1, Connection and no body, and is never h2c', () => {
  const upgrade = (...lines: readonly string[]) => requestOf(get, host, ...lines).upgrade;
  assert.equal(upgrade('Connection: Upgrade', 'Upgrade: WebSocket'), 'websocket');
  assert.equal(upgrade('Connection: keep-alive, upgrade', 'Upgrade: websocket, other'), 'websocket');
  assert.equal(upgrade('Connection: upgrade', 'Upgrade: h2c, websocket'), 'websocket');
  assert.equal(upgrade('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: a'), undefined);
  assert.equal(upgrade('Upgrade: websocket'), undefined);
  assert.equal(upgrade('Connection: upgrade'), undefined);
  assert.equal(upgrade('Connection: upgrade', 'Upgrade: websocket', 'Content-Length: 1'), undefined);
  assert.equal(requestOf('GET / HTTP/1.0', host, 'Connection: upgrade', 'Upgrade: websocket').upgrade, undefined);
});

test('Expect is 100-continue, and means something only with a body in HTTP/1.1', () => {
  const expect = 'Expect: 100-continue';
  assert.equal(requestOf(post, host, expect, 'Content-Length: 1').expectContinue, true);
  assert.equal(requestOf(post, host, expect, 'Transfer-Encoding: chunked').expectContinue, true);
  assert.equal(requestOf(post, host, expect).expectContinue, false);
  assert.equal(requestOf(post, host, expect, 'Content-Length: 0').expectContinue, false);
  assert.equal(requestOf('POST / HTTP/1.0', host, 'Expect: x', 'Content-Length: 1').expectContinue, false);
  refuses('expectation-failed', () => requestOf(post, host, 'Expect: 200-ok', 'Content-Length: 1'));
});

test('acceptsTrailers says whether TE names trailers', () => {
  assert.equal(requestOf(get, host, 'TE: trailers').acceptsTrailers, true);
  assert.equal(requestOf(get, host, 'TE: deflate;q=0.5 , Trailers').acceptsTrailers, true);
  assert.equal(requestOf(get, host, 'TE: gzip').acceptsTrailers, false);
});

test('parseRequestHead() throws nothing but ProxyErrors, whatever the text', () => {
  const piece = fc.constantFrom(
    ...[
      'GET ',
      'OPTIONS ',
      '/',
      '*',
      'http://',
      'a',
      ' HTTP/1.1',
      ' HTTP/1.0',
      '\r\n',
      'Host: a',
      'Host',
      ':',
      ' ',
      '\t',
    ],
    ...[
      'Content-Length: ',
      '5',
      'Transfer-Encoding: chunked',
      'Connection: ',
      'close',
      ',',
      'x-a',
      '_',
      '[',
      ']',
      '\xff',
      '\r',
      '\n',
      '\0',
    ],
    ...['Upgrade: ', 'Expect: 100-continue', 'TE: ', 'trailers', '?', '%', '@'],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (raw) => {
      try {
        parseRequestHead(raw, testLimits);
      } catch (error) {
        assert.ok(error instanceof ProxyError, String(error));
        assert.equal(error.side, 'client');
      }
    }),
    { numRuns: 5000 },
  );
});
