import type { ErrorCode } from '../../core/errors.ts';

type Fields = readonly (readonly [name: string, value: string])[];

/** A rule of RFC 9113 (or the RFC that is named) on the fields of a message. */
export interface HeadCase {
  readonly section: string;
  readonly rule: string;
  readonly fields: Fields;
  /** Of a request: no body follows. Default: true. */
  readonly endStream?: boolean;
  /** Undefined: it is taken. */
  readonly refused?: ErrorCode;
}

/** What the case is about, behind a request that is right in all else. */
function get(...fields: Fields): Fields {
  return [[':method', 'GET'], [':scheme', 'https'], [':authority', 'example.com'], [':path', '/'], ...fields];
}

/** A request with these pseudo-headers alone. */
function pseudo(method: string, scheme: string, authority: string, path: string): Fields {
  const all = { ':method': method, ':scheme': scheme, ':authority': authority, ':path': path };
  return Object.entries(all).filter(([, value]) => value !== '-');
}

const connect: Fields = [
  [':method', 'CONNECT'],
  [':protocol', 'websocket'],
  [':scheme', 'https'],
  [':authority', 'example.com'],
  [':path', '/chat'],
];

const malformed = 'bad-request' as const;

export const requestCases: readonly HeadCase[] = [
  { section: '8.3.1', rule: 'a plain request', fields: get(['accept', '*/*']) },
  // 8.2
  { section: '8.2', rule: 'a name in upper case', fields: get(['Accept', '*/*']), refused: malformed },
  { section: '8.2.1', rule: 'a name with a space', fields: get(['a b', 'x']), refused: malformed },
  { section: '8.2.1', rule: 'a name with a colon', fields: get(['a:b', 'x']), refused: malformed },
  { section: '8.2.1', rule: 'a name with a control character', fields: get(['a\r', 'x']), refused: malformed },
  { section: '8.2.1', rule: 'a name with a byte above 127', fields: get(['a\xe4', 'x']), refused: malformed },
  { section: '8.2.1', rule: 'an empty name', fields: get(['', 'x']), refused: malformed },
  { section: '8.2.1', rule: 'NUL in a value', fields: get(['a', 'x\0y']), refused: malformed },
  { section: '8.2.1', rule: 'CR in a value', fields: get(['a', 'x\ry']), refused: malformed },
  { section: '8.2.1', rule: 'LF in a value', fields: get(['a', 'x\nhost: y']), refused: malformed },
  { section: '8.2.1', rule: 'CRLF in a value', fields: get(['a', 'x\r\nhost: y']), refused: malformed },
  { section: '8.2.1', rule: 'a space before a value', fields: get(['a', ' x']), refused: malformed },
  { section: '8.2.1', rule: 'a space behind a value', fields: get(['a', 'x ']), refused: malformed },
  { section: '8.2.1', rule: 'a tab behind a value', fields: get(['a', 'x\t']), refused: malformed },
  { section: '8.2.1', rule: 'a value that is a space', fields: get(['a', ' ']), refused: malformed },
  { section: '8.2.1', rule: 'spaces and tabs within a value', fields: get(['a', 'x \ty']) },
  { section: '8.2.1', rule: 'bytes above 127 in a value', fields: get(['a', '\xe4\xff']) },
  { section: '8.2.1', rule: 'an empty value', fields: get(['a', '']) },
  { section: 'RFC 9110 5.5', rule: 'another control character', fields: get(['a', 'x\x01y']), refused: malformed },
  { section: 'RFC 9110 5.5', rule: 'DEL in a value', fields: get(['a', 'x\x7f']), refused: malformed },
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'].map(
    (name) => ({ section: '8.2.2', rule: name, fields: get([name, 'x']), refused: malformed }) as const,
  ),
  {
    section: '8.2.2',
    rule: 'transfer-encoding: chunked',
    fields: get(['transfer-encoding', 'chunked']),
    endStream: false,
    refused: malformed,
  },
  { section: '8.2.2', rule: 'te: trailers', fields: get(['te', 'trailers']) },
  { section: '8.2.2', rule: 'te: gzip', fields: get(['te', 'gzip']), refused: malformed },
  { section: '8.2.2', rule: 'te: trailers, gzip', fields: get(['te', 'trailers, gzip']), refused: malformed },
  { section: '8.2.3', rule: 'crumbs of a cookie', fields: get(['cookie', 'a=b'], ['x', 'y'], ['cookie', 'c=d']) },
  // 8.3
  { section: '8.3', rule: 'a pseudo-header behind a field', fields: [['a', 'b'], ...get()], refused: malformed },
  {
    section: '8.3',
    rule: 'the last pseudo-header behind a field',
    fields: [...get().slice(0, 3), ['a', 'b'], [':path', '/']],
    refused: malformed,
  },
  { section: '8.3', rule: 'one that is not known', fields: [...get(), [':unknown', 'x']], refused: malformed },
  { section: '8.3', rule: 'one of answers', fields: [...get(), [':status', '200']], refused: malformed },
  { section: '8.3', rule: 'a name that is a colon', fields: [...get(), [':', 'x']], refused: malformed },
  { section: '8.3', rule: 'one in upper case', fields: [[':Method', 'GET'], ...get().slice(1)], refused: malformed },
  ...get().map(
    ([name, value]) =>
      ({ section: '8.3', rule: `${name} twice`, fields: [...get(), [name, value]], refused: malformed }) as const,
  ),
  { section: '8.3.1', rule: 'no :method', fields: pseudo('-', 'https', 'a', '/'), refused: malformed },
  { section: '8.3.1', rule: 'an empty :method', fields: pseudo('', 'https', 'a', '/'), refused: malformed },
  { section: '8.3.1', rule: 'a :method with a space', fields: pseudo('GET /', 'https', 'a', '/'), refused: malformed },
  { section: '8.3.1', rule: 'no :scheme', fields: pseudo('GET', '-', 'a', '/'), refused: malformed },
  { section: '8.3.1', rule: 'an empty :scheme', fields: pseudo('GET', '', 'a', '/'), refused: malformed },
  { section: '8.3.1', rule: 'a :scheme of something else', fields: pseudo('GET', 'ftp', 'a', '/'), refused: malformed },
  {
    section: '8.3.1',
    rule: 'a :scheme that smuggles',
    fields: pseudo('GET', 'https://b', 'a', '/'),
    refused: malformed,
  },
  { section: '8.3.1', rule: 'no :path', fields: pseudo('GET', 'https', 'a', '-'), refused: malformed },
  { section: '8.3.1', rule: 'an empty :path', fields: pseudo('GET', 'https', 'a', ''), refused: malformed },
  { section: '8.3.1', rule: 'a :path without a slash', fields: pseudo('GET', 'https', 'a', 'x'), refused: 'bad-path' },
  {
    section: '8.3.1',
    rule: 'a :path that is a URL',
    fields: pseudo('GET', 'https', 'a', 'https://b/'),
    refused: 'bad-path',
  },
  { section: '8.3.1', rule: 'a :path with a space', fields: pseudo('GET', 'https', 'a', '/a b'), refused: 'bad-path' },
  {
    section: '8.3.1',
    rule: 'a :path that goes on as HTTP/1',
    fields: pseudo('GET', 'https', 'a', '/ HTTP/1.1'),
    refused: 'bad-path',
  },
  {
    section: '8.3.1',
    rule: 'a :path with a fragment',
    fields: pseudo('GET', 'https', 'a', '/a#b'),
    refused: 'bad-path',
  },
  {
    section: '8.3.1',
    rule: 'a :path with a byte above 127',
    fields: pseudo('GET', 'https', 'a', '/\xe4'),
    refused: 'bad-path',
  },
  { section: '8.3.1', rule: 'a :path with a query', fields: pseudo('GET', 'https', 'a', '/a?b=c') },
  {
    section: '8.3.1',
    rule: 'a :path that is longer than is allowed',
    fields: pseudo('GET', 'https', 'a', `/${'x'.repeat(600)}`),
    refused: 'uri-too-long',
  },
  { section: '8.3.1', rule: '* for OPTIONS', fields: pseudo('OPTIONS', 'https', 'a', '*') },
  { section: '8.3.1', rule: '* for GET', fields: pseudo('GET', 'https', 'a', '*'), refused: 'bad-path' },
  { section: '8.3.1', rule: 'no :authority, but Host', fields: [...pseudo('GET', 'https', '-', '/'), ['host', 'a']] },
  {
    section: '8.3.1',
    rule: 'neither :authority nor Host',
    fields: pseudo('GET', 'https', '-', '/'),
    refused: 'bad-host',
  },
  { section: '8.3.1', rule: 'an empty :authority', fields: pseudo('GET', 'https', '', '/'), refused: 'bad-host' },
  { section: '8.3.1', rule: 'an empty Host', fields: get(['host', '']), refused: 'bad-host' },
  {
    section: '8.3.1',
    rule: ':authority with user information',
    fields: pseudo('GET', 'https', 'me@a', '/'),
    refused: 'bad-host',
  },
  { section: '8.3.1', rule: ':authority with a path', fields: pseudo('GET', 'https', 'a/b', '/'), refused: 'bad-host' },
  { section: '8.3.1', rule: 'Host as :authority', fields: get(['host', 'example.com']) },
  { section: '8.3.1', rule: 'Host as :authority, spelled otherwise', fields: get(['host', 'EXAMPLE.com:443']) },
  { section: '8.3.1', rule: 'another Host', fields: get(['host', 'other.com']), refused: 'bad-host' },
  { section: '8.3.1', rule: 'another port in Host', fields: get(['host', 'example.com:80']), refused: 'bad-host' },
  {
    section: '8.3.1',
    rule: 'Host twice',
    fields: get(['host', 'example.com'], ['host', 'example.com']),
    refused: 'bad-host',
  },
  // 8.1.1
  { section: '8.1.1', rule: 'a body without a length', fields: get(), endStream: false },
  { section: '8.1.1', rule: 'a body with a length', fields: get(['content-length', '5']), endStream: false },
  { section: '8.1.1', rule: 'a length, and no body', fields: get(['content-length', '5']), refused: 'bad-framing' },
  { section: '8.1.1', rule: 'the length 0, and no body', fields: get(['content-length', '0']) },
  {
    section: '8.1.1',
    rule: 'two lengths',
    fields: get(['content-length', '5'], ['content-length', '5']),
    endStream: false,
    refused: 'bad-framing',
  },
  {
    section: '8.1.1',
    rule: 'a length that is none',
    fields: get(['content-length', '+5']),
    endStream: false,
    refused: 'bad-framing',
  },
  {
    section: '8.1.1',
    rule: 'an empty length',
    fields: get(['content-length', '']),
    endStream: false,
    refused: 'bad-framing',
  },
  // 8.5 and RFC 8441
  {
    section: '8.5',
    rule: 'CONNECT',
    fields: [
      [':method', 'CONNECT'],
      [':authority', 'a:443'],
    ],
    refused: 'connect-refused',
  },
  { section: '8.5', rule: 'CONNECT without :authority', fields: [[':method', 'CONNECT']], refused: malformed },
  {
    section: '8.5',
    rule: 'CONNECT with :path',
    fields: [
      [':method', 'CONNECT'],
      [':authority', 'a:443'],
      [':path', '/'],
    ],
    refused: malformed,
  },
  {
    section: '8.5',
    rule: 'CONNECT with :scheme',
    fields: [
      [':method', 'CONNECT'],
      [':authority', 'a:443'],
      [':scheme', 'https'],
    ],
    refused: malformed,
  },
  { section: 'RFC 8441 4', rule: 'extended CONNECT', fields: connect, endStream: false },
  {
    section: 'RFC 8441 4',
    rule: 'without :scheme',
    fields: connect.filter(([name]) => name !== ':scheme'),
    endStream: false,
    refused: malformed,
  },
  {
    section: 'RFC 8441 4',
    rule: 'without :path',
    fields: connect.filter(([name]) => name !== ':path'),
    endStream: false,
    refused: malformed,
  },
  {
    section: 'RFC 8441 4',
    rule: 'without :authority',
    fields: connect.filter(([name]) => name !== ':authority'),
    endStream: false,
    refused: 'bad-host',
  },
  {
    section: 'RFC 8441 4',
    rule: ':protocol with GET',
    fields: [...get(), [':protocol', 'websocket']],
    refused: malformed,
  },
  {
    section: 'RFC 8441 4',
    rule: 'an empty :protocol',
    fields: connect.map(([name, value]) => [name, name === ':protocol' ? '' : value] as const),
    endStream: false,
    refused: malformed,
  },
  // Limits and expectations, as in HTTP/1
  {
    section: 'limits',
    rule: 'a field longer than is allowed',
    fields: get(['a', 'x'.repeat(600)]),
    refused: 'head-too-large',
  },
  { section: 'RFC 9110 10.1.1', rule: '100-continue', fields: get(['expect', '100-continue']), endStream: false },
  {
    section: 'RFC 9110 10.1.1',
    rule: 'another expectation',
    fields: get(['expect', 'cake']),
    refused: 'expectation-failed',
  },
];
