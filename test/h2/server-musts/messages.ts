import assert from 'node:assert/strict';

import type { Pair } from '../raw/frames.ts';
import { request } from '../raw/raw-h2-client.ts';
import { get, openRequest, type Must } from './must.ts';

/** A request that is malformed for one field, behind the usual ones. */
function badField(section: string, rule: string, field: Pair): Must {
  return { section, rule, send: (client, path) => get(client, path, 1, [field]), see: { malformed: 'bad-request' } };
}

/** A request of these fields. */
function badRequest(
  section: string,
  rule: string,
  fields: (path: string) => readonly Pair[],
  log = 'bad-request',
): Must {
  const send: Must['send'] = (client, path) => client.headers(1, fields(path), { endStream: true });
  return { section, rule, send, see: { malformed: log } };
}

/** A request with a body that is not what it says. */
function badBody(rule: string, length: string, ...parts: readonly string[]): Must {
  return {
    section: '9113 8.1.1',
    rule,
    send: (client, path) => {
      openRequest(client, path, [['content-length', length]]);
      parts.forEach((part, i) => client.data(1, part, { endStream: i === parts.length - 1 }));
    },
    see: { malformed: 'bad-framing' },
  };
}

const pseudo = (path: string): Pair[] => request(path);

/** How HTTP is said in HTTP/2 (RFC 9113 section 8). */
export const messageMusts: readonly Must[] = [
  {
    section: '9113 8.1',
    rule: 'A second HEADERS that does not end the request makes it malformed',
    send: (client, path) => {
      openRequest(client, path);
      client.headers(1, [['x-more', '1']]);
    },
    see: { malformed: 'bad-body' },
  },
  {
    section: '9113 8.1',
    rule: 'Trailers go with a request',
    send: (client, path) => {
      openRequest(client, path);
      client.data(1, 'body');
      client.headers(1, [['x-sum', '1']], { endStream: true });
    },
    see: { check: async (client) => assert.match((await client.message(1)).body.toString(), /\nbody$/) },
  },
  {
    section: '9113 8.1',
    rule: 'A pseudo-header in trailers makes the request malformed',
    send: (client, path) => {
      openRequest(client, path);
      client.headers(1, [[':method', 'GET']], { endStream: true });
    },
    see: { malformed: 'bad-body' },
  },
  {
    section: '9113 8.1',
    rule: 'Trailers with a field of the connection make the request malformed',
    send: (client, path) => {
      openRequest(client, path);
      client.headers(1, [['connection', 'close']], { endStream: true });
    },
    see: { malformed: 'bad-body' },
  },
  {
    section: '9113 8.1',
    rule: 'An answer to HEAD, and a 204, end with their heads or an empty frame',
    send: (client, path) => client.headers(1, request(path, [], 'HEAD'), { endStream: true }),
    see: {
      check: async (client) => {
        const { fields, body } = await client.message(1);
        assert.equal(fields[':status'], '200');
        assert.equal(body.length, 0);
      },
    },
  },
  badBody('A body that is longer than Content-Length makes a request malformed', '3', 'four'),
  badBody('A body that is longer than Content-Length makes a request malformed, however it is cut', '3', 'ab', 'cd'),
  badBody('A body that is shorter than Content-Length makes a request malformed', '10', 'four'),
  badBody('A body that is shorter than Content-Length makes a request malformed, however it is cut', '10', 'ab', ''),
  badRequest(
    '9113 8.1.1',
    'A Content-Length over 0 without any body makes a request malformed',
    (path) => request(path, [['content-length', '1']], 'POST'),
    'bad-framing',
  ),
  badRequest(
    '9113 8.1.1',
    'A repeated Content-Length makes a request malformed',
    (path) =>
      request(
        path,
        [
          ['content-length', '0'],
          ['content-length', '0'],
        ],
        'POST',
      ),
    'bad-framing',
  ),
  badRequest(
    '9113 8.1.1',
    'A Content-Length that is no number makes a request malformed',
    (path) => request(path, [['content-length', '+0']], 'POST'),
    'bad-framing',
  ),
  badField('9113 8.2', 'An upper-case letter in a name makes a request malformed', ['X-Test', 'ok']),
  badField('9113 8.2.1', 'A blank in a name makes a request malformed', ['x test', 'ok']),
  badField('9113 8.2.1', 'A colon in a name makes a request malformed', ['x:test', 'ok']),
  badField('9113 8.2.1', 'A control character in a name makes a request malformed', ['x\rtest', 'ok']),
  badField('9113 8.2.1', 'A byte over 0x7e in a name makes a request malformed', ['x\xe4', 'ok']),
  badField('9113 8.2.1', 'An empty name makes a request malformed', ['', 'ok']),
  badField('9113 8.2.1', 'CR in a value makes a request malformed', ['x-test', 'a\rb']),
  badField('9113 8.2.1', 'LF in a value makes a request malformed', ['x-test', 'a\nb']),
  badField('9113 8.2.1', 'CR and LF in a value make a request malformed', ['x-test', 'a\r\nx-evil: b']),
  badField('9113 8.2.1', 'NUL in a value makes a request malformed', ['x-test', 'a\0b']),
  badField('9113 8.2.1', 'A blank in front of a value makes a request malformed', ['x-test', ' a']),
  badField('9113 8.2.1', 'A tab behind a value makes a request malformed', ['x-test', 'a\t']),
  badField('9113 8.2.2', 'Connection makes a request malformed', ['connection', 'keep-alive']),
  badField('9113 8.2.2', 'Keep-Alive makes a request malformed', ['keep-alive', 'timeout=5']),
  badField('9113 8.2.2', 'Proxy-Connection makes a request malformed', ['proxy-connection', 'keep-alive']),
  badField('9113 8.2.2', 'Transfer-Encoding makes a request malformed', ['transfer-encoding', 'chunked']),
  badField('9113 8.2.2', 'Upgrade makes a request malformed', ['upgrade', 'websocket']),
  badField('9113 8.2.2', 'TE other than trailers makes a request malformed', ['te', 'trailers, deflate']),
  {
    section: '9113 8.2.2',
    rule: 'TE: trailers is fine',
    send: (client, path) => get(client, path, 1, [['te', 'trailers']]),
    see: { status: '200' },
  },
  {
    section: '9113 8.2.2',
    rule: 'Fields of the connection do not come with an answer',
    send: (client, path) => get(client, `/hop${path}`),
    see: {
      check: async (client) => {
        const { fields } = await client.message(1);
        assert.equal(fields['x-end'], 'to-end');
        for (const name of ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'x-hop'])
          assert.equal(fields[name], undefined, name);
        for (const name of Object.keys(fields)) assert.equal(name, name.toLowerCase());
      },
    },
  },
  {
    section: '9113 8.2.3',
    rule: 'Crumbs of a cookie are one field for a server that speaks HTTP/1',
    send: (client, path) =>
      get(client, path, 1, [
        ['cookie', 'a=b'],
        ['x', 'y'],
        ['cookie', 'c=d'],
      ]),
    see: { check: async (client) => assert.match((await client.message(1)).body.toString(), /cookie: a=b; c=d\n/i) },
  },
  badRequest('9113 8.3', 'A pseudo-header that nobody knows makes a request malformed', (path) => [
    [':test', 'ok'],
    ...pseudo(path),
  ]),
  badRequest('9113 8.3', ':status makes a request malformed', (path) => [...pseudo(path), [':status', '200']]),
  badRequest('9113 8.3', 'A pseudo-header behind a field makes a request malformed', (path) => [
    ['x-test', 'ok'],
    ...pseudo(path),
  ]),
  badRequest('9113 8.3', 'A repeated :method makes a request malformed', (path) => [
    [':method', 'GET'],
    ...pseudo(path),
  ]),
  badRequest('9113 8.3', 'A repeated :scheme makes a request malformed', (path) => [
    [':scheme', 'http'],
    ...pseudo(path),
  ]),
  badRequest('9113 8.3', 'A repeated :path makes a request malformed', (path) => [[':path', path], ...pseudo(path)]),
  badRequest('9113 8.3', 'A repeated :authority makes a request malformed', (path) => [
    [':authority', 'a.test'],
    ...pseudo(path),
  ]),
  ...([':method', ':scheme', ':path'] as const).map((name) =>
    badRequest('9113 8.3.1', `A missing ${name} makes a request malformed`, (path) =>
      pseudo(path).filter(([each]) => each !== name),
    ),
  ),
  badRequest('9113 8.3.1', 'An empty :path makes a request malformed', (path) => [
    ...pseudo(path).filter(([name]) => name !== ':path'),
    [':path', ''],
  ]),
  badRequest(
    '9113 8.3.1',
    'A :path that does not begin with a slash makes a request malformed',
    (path) => [...pseudo(path).filter(([name]) => name !== ':path'), [':path', path.slice(1)]],
    'bad-path',
  ),
  badRequest(
    '9113 8.3.1',
    ':path * is for OPTIONS',
    (path) => [...pseudo(path).filter(([name]) => name !== ':path'), [':path', '*']],
    'bad-path',
  ),
  badRequest(
    '9113 8.3.1',
    ':authority has no user',
    (path) => [...pseudo(path).filter(([name]) => name !== ':authority'), [':authority', 'me@a.test']],
    'bad-host',
  ),
  badRequest(
    '9113 8.3.1',
    'Host and :authority name the same',
    (path) => request(path, [['host', 'b.test']]),
    'bad-host',
  ),
  badRequest(
    '9113 8.3.1',
    'Host comes once',
    (path) =>
      request(path, [
        ['host', 'a.test'],
        ['host', 'a.test'],
      ]),
    'bad-host',
  ),
  badRequest(
    '9113 8.3.1',
    'A request has :authority or Host',
    (path) => pseudo(path).filter(([name]) => name !== ':authority'),
    'bad-host',
  ),
  badRequest('9113 8.3.1', ':scheme is http or https', (path) => [
    ...pseudo(path).filter(([name]) => name !== ':scheme'),
    [':scheme', 'gopher'],
  ]),
  badRequest('9113 8.3.1', ':method is a token', (path) => [
    ...pseudo(path).filter(([name]) => name !== ':method'),
    [':method', 'G ET'],
  ]),
  badRequest('9113 8.3.1', 'A line feed in :path makes a request malformed', (path) => [
    ...pseudo(path).filter(([name]) => name !== ':path'),
    [':path', `${path}\nx: y`],
  ]),
  {
    section: '9113 8.3.1',
    rule: 'Host alone is enough',
    send: (client, path) =>
      client.headers(1, [...pseudo(path).filter(([name]) => name !== ':authority'), ['host', 'a.test']], {
        endStream: true,
      }),
    see: { status: '200' },
  },
  badRequest('9113 8.5', 'CONNECT with a :path makes a request malformed', (path) => request(path, [], 'CONNECT')),
  badRequest('9113 8.5', 'CONNECT without :authority makes a request malformed', () => [[':method', 'CONNECT']]),
  {
    section: '9113 8.5',
    rule: 'A well-formed CONNECT is refused with an answer',
    send: (client) =>
      client.headers(
        1,
        [
          [':method', 'CONNECT'],
          [':authority', 'a.test:443'],
        ],
        { endStream: true },
      ),
    see: { status: '405' },
    log: 'connect-refused',
  },
  badRequest('8441 4', ':protocol is for CONNECT only', (path) => [...pseudo(path), [':protocol', 'websocket']]),
];
