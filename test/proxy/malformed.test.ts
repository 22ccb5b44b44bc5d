import assert from 'node:assert/strict';

import { readAnswer, statusOf, textOf, valueOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

const h = 'Host: a.test\r\n';
/** What must never reach a server as a request of its own. */
const hidden = 'GET /hidden HTTP/1.1\r\nHost: a.test\r\n\r\n';
const long = 'x'.repeat(9000);

/** Requests that are refused by their heads: nothing of them may reach a server. */
const heads: readonly (readonly [string, string, number?])[] = [
  [
    'Content-Length and Transfer-Encoding',
    `POST / HTTP/1.1\r\n${h}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  ],
  [
    'Transfer-Encoding and Content-Length',
    `POST / HTTP/1.1\r\n${h}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${hidden}`,
  ],
  ['Content-Length twice', `POST / HTTP/1.1\r\n${h}Content-Length: 0\r\nContent-Length: 5\r\n\r\n${hidden}`],
  ['the same Content-Length twice', `POST / HTTP/1.1\r\n${h}Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde`],
  ['a list as Content-Length', `POST / HTTP/1.1\r\n${h}Content-Length: 5, 5\r\n\r\nabcde`],
  ...[
    '+5',
    '-5',
    '0x5',
    '5 5',
    '5.0',
    '',
    '5;',
    '\t',
    '٥',
    '99999999999999999999',
    '9007199254740993',
    '1e1',
    '5\x0b',
  ].map(
    (value) =>
      [
        `Content-Length ${JSON.stringify(value)}`,
        `POST / HTTP/1.1\r\n${h}Content-Length: ${value}\r\n\r\nabcde`,
      ] as const,
  ),
  ...[
    'xchunked',
    'chunked, chunked',
    'chunked,',
    ', chunked',
    'gzip, chunked',
    'chunked, identity',
    'identity',
    'chunked;q=1',
    '"chunked"',
    '',
    'chunked\x0b',
    '\x0bchunked',
    'chunked\x00',
    'chu\x00nked',
    'chunked\xa0',
    "'chunked'",
  ].map(
    (value) =>
      [
        `Transfer-Encoding ${JSON.stringify(value)}`,
        `POST / HTTP/1.1\r\n${h}Transfer-Encoding: ${value}\r\n\r\n0\r\n\r\n${hidden}`,
      ] as const,
  ),
  [
    'Transfer-Encoding twice',
    `POST / HTTP/1.1\r\n${h}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'Transfer-Encoding: chunked, then identity',
    `POST / HTTP/1.1\r\n${h}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  ],
  ['Transfer-Encoding in HTTP/1.0', `POST / HTTP/1.0\r\n${h}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  [
    'Transfer-Encoding with a space before the colon',
    `POST / HTTP/1.1\r\n${h}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'Transfer-Encoding with a tab before the colon',
    `POST / HTTP/1.1\r\n${h}Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['Transfer-Encoding folded', `POST / HTTP/1.1\r\n${h}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
  ['obs-fold', `GET / HTTP/1.1\r\n${h}X: a\r\n b\r\n\r\n`],
  ['a first field line that is folded', `GET / HTTP/1.1\r\n ${h}\r\n`],
  ['bare LF after the request line', `GET / HTTP/1.1\n${h}\r\n`],
  ['bare LF after a field', `GET / HTTP/1.1\r\nHost: a.test\nX: 1\r\n\r\n`],
  ['bare LF at the end', `GET / HTTP/1.1\r\n${h}\n`],
  ['bare LF before the request', `\n${get('/')}`],
  ['bare CR in a value', `GET / HTTP/1.1\r\n${h}X: a\rb\r\n\r\n`],
  ['bare CR as a line end', `GET / HTTP/1.1\r${h}\r\r`],
  ['CR CR LF', `GET / HTTP/1.1\r\r\n${h}\r\n`],
  ['NUL in a value', `GET / HTTP/1.1\r\n${h}X: a\0b\r\n\r\n`],
  ['NUL in a name', `GET / HTTP/1.1\r\n${h}X\0: a\r\n\r\n`],
  ['NUL in the target', `GET /\0 HTTP/1.1\r\n${h}\r\n`],
  ['a space in a name', `GET / HTTP/1.1\r\n${h}X Y: a\r\n\r\n`],
  ['no name', `GET / HTTP/1.1\r\n${h}: a\r\n\r\n`],
  ['no colon', `GET / HTTP/1.1\r\n${h}X\r\n\r\n`],
  ['a name with a bad character', `GET / HTTP/1.1\r\n${h}X(Y): a\r\n\r\n`],
  ['a name above 127', `GET / HTTP/1.1\r\n${h}X\xe4: a\r\n\r\n`],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['two Hosts', `GET / HTTP/1.1\r\n${h}Host: b.test\r\n\r\n`],
  ['the same Host twice', `GET / HTTP/1.1\r\n${h}${h}\r\n`],
  ...[
    '',
    'a b',
    'a,b',
    'user@a',
    'a:b',
    'a:99999',
    'a:0',
    'a:',
    'a/b',
    '[::1',
    '::1',
    '[1.2.3.4]',
    'a..b',
    '.',
    '\xe4',
    'a?b',
    'a#b',
    '%61',
  ].map((host) => [`Host ${JSON.stringify(host)}`, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`] as const),
  ['absolute-form that disagrees with Host', `GET http://b.test/ HTTP/1.1\r\n${h}\r\n`],
  ['absolute-form with a user', `GET http://u@a.test/ HTTP/1.1\r\n${h}\r\n`],
  ['absolute-form without a host', `GET http:///x HTTP/1.1\r\n${h}\r\n`],
  ['another scheme', `GET ftp://a.test/ HTTP/1.1\r\n${h}\r\n`],
  ['authority-form', `GET a.test:80 HTTP/1.1\r\n${h}\r\n`],
  ['a target without a slash', `GET x HTTP/1.1\r\n${h}\r\n`],
  ['* with GET', `GET * HTTP/1.1\r\n${h}\r\n`],
  ['a fragment', `GET /#x HTTP/1.1\r\n${h}\r\n`],
  ['two spaces', `GET  / HTTP/1.1\r\n${h}\r\n`],
  ['a tab', `GET\t/ HTTP/1.1\r\n${h}\r\n`],
  ['a space in the target', `GET /a b HTTP/1.1\r\n${h}\r\n`],
  ['a space at the end', `GET / HTTP/1.1 \r\n${h}\r\n`],
  ['no method', ` / HTTP/1.1\r\n${h}\r\n`],
  ['a bad method', `G@T / HTTP/1.1\r\n${h}\r\n`],
  ['lower-case http', `GET / http/1.1\r\n${h}\r\n`],
  ['HTTP/1.', `GET / HTTP/1.\r\n${h}\r\n`],
  ['HTTP/1.10', `GET / HTTP/1.10\r\n${h}\r\n`],
  ['HTTP/01.1', `GET / HTTP/01.1\r\n${h}\r\n`],
  ['HTTP/2.0', `GET / HTTP/2.0\r\n${h}\r\n`, 505],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['HTTP/0.9', 'GET /\r\n\r\n', 505],
  ['CONNECT', `CONNECT a.test:443 HTTP/1.1\r\n${h}\r\n`, 405],
  ['a path above the root', `GET /../x HTTP/1.1\r\n${h}\r\n`],
  ['a path above the root, encoded', `GET /a/%2e%2e/%2E./x HTTP/1.1\r\n${h}\r\n`],
  ['a hidden dot segment', `GET /a/..%2fx HTTP/1.1\r\n${h}\r\n`],
  ['a dot segment with a parameter', `GET /a/..;/x HTTP/1.1\r\n${h}\r\n`],
  ['a backslash', `GET /a\\..\\x HTTP/1.1\r\n${h}\r\n`],
  ['%00', `GET /%00 HTTP/1.1\r\n${h}\r\n`],
  ['a bad encoding', `GET /%zz HTTP/1.1\r\n${h}\r\n`],
  ['a TLS hello', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n'],
  ['a long request line', `GET /${long} HTTP/1.1\r\n${h}\r\n`, 414],
  ['a long request line without end', `GET /${long}`, 414],
  ['a long field', `GET / HTTP/1.1\r\n${h}X: ${long}\r\n\r\n`, 431],
  ['a long field without end', `GET / HTTP/1.1\r\n${h}X: ${long}`, 431],
  ['a long head', `GET / HTTP/1.1\r\n${h}${`X: ${'x'.repeat(1000)}\r\n`.repeat(40)}\r\n`, 431],
  ['too many fields', `GET / HTTP/1.1\r\n${h}${'X: x\r\n'.repeat(101)}\r\n`, 431],
  ['too many empty lines', `${'\r\n'.repeat(20)}${get('/')}`],
];

for (const [name, request, status = 400] of heads) {
  proxyTest(`${name} is refused with ${status}, and no server hears of it`, async (world) => {
    const { proxy, server } = await world.proxyTo(serve(() => ok('leaked')));
    const client = await world.send(proxy, request + (status === 400 ? hidden : ''));
    const answer = await readAnswer(client);
    assert.equal(statusOf(answer), status, textOf(answer));
    assert.equal(valueOf(answer, 'connection'), 'close');
    assert.equal((await client.takeRest()).length, 0);
    assert.equal(client.ending, 'fin');
    assert.equal(server.peers.length, 0);
  });
}

proxyTest(
  'a refused request behind a good one: the good one is answered, the refused one ends the connection',
  async (world) => {
    const { proxy, server } = await world.proxyTo(serve(() => ok('good')));
    const client = await world.send(proxy, `${get('/')}GET / HTTP/1.1\r\n${h}${h}\r\n${hidden}`);
    assert.equal(textOf(await readAnswer(client)), 'good');
    assert.equal(statusOf(await readAnswer(client)), 400);
    assert.equal((await client.takeRest()).length, 0);
    assert.equal(server.requests.length, 1);
  },
);

/** Bodies that turn out bad: their head has gone to the server, which must never see a whole request. */
const bodies: readonly (readonly [string, string])[] = [
  ['a chunk size that is no number', 'xyz\r\n'],
  ['an empty chunk size', '\r\nabc\r\n'],
  ['a chunk size with a sign', '+3\r\nabc\r\n'],
  ['a negative chunk size', '-3\r\nabc\r\n'],
  ['a chunk size with 0x', '0x3\r\nabc\r\n'],
  ['a space before a chunk size', ' 3\r\nabc\r\n'],
  ['a space after a chunk size', '3 \r\nabc\r\n'],
  ['a chunk size that overflows', 'ffffffffffffffff\r\nabc\r\n'],
  ['a chunk size of 17 digits', '00000000000000003\r\nabc\r\n'],
  ['a chunk that is longer than its size', '3\r\nabcd\r\n0\r\n\r\n'],
  ['a chunk that is shorter than its size', '5\r\nabc\r\n0\r\n\r\n'],
  ['bare LF after a chunk size', '3\nabc\r\n0\r\n\r\n'],
  ['bare LF after a chunk', '3\r\nabc\n0\r\n\r\n'],
  ['bare CR after a chunk size', '3\rabc\r\n0\r\n\r\n'],
  ['bare LF after the last chunk', '0\n\r\n'],
  ['bare LF at the end', '0\r\n\n'],
  ['bare LF in an extension', '3;a\nb\r\nabc\r\n0\r\n\r\n'],
  ['too long extensions', `3;${'x'.repeat(5000)}\r\nabc\r\n0\r\n\r\n`],
  ['NUL in an extension', '3;\0\r\nabc\r\n0\r\n\r\n'],
  ['a folded trailer', '0\r\nX: a\r\n b\r\n\r\n'],
  ['a trailer without a colon', '0\r\nX\r\n\r\n'],
  ['a trailer with a space before its colon', '0\r\nX : a\r\n\r\n'],
];

for (const [name, body] of bodies) {
  proxyTest(`a body with ${name} is refused with 400, and the server gets no whole request`, async (world) => {
    const { proxy, server } = await world.proxyTo(serve(() => ok('leaked')));
    const client = await world.send(
      proxy,
      `POST /b HTTP/1.1\r\n${h}Transfer-Encoding: chunked\r\n\r\n${body}${hidden}`,
    );
    const answer = await readAnswer(client);
    assert.equal(statusOf(answer), 400);
    assert.equal(valueOf(answer, 'connection'), 'close');
    assert.equal((await client.takeRest()).length, 0);
    await until('an end of the server connections', () => server.open === 0);
    assert.equal(server.requests.length, 0);
    proxy.expectLine({ path: '/b', status: 400, reason: 'bad-body' });
  });
}

proxyTest('trailers that are too long are refused with 431', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => ok('leaked')));
  for (const trailers of [
    `X: ${'x'.repeat(9000)}\r\n`,
    'X: x\r\n'.repeat(101),
    `X: ${'x'.repeat(7000)}\r\n`.repeat(2),
  ]) {
    const client = await world.send(
      proxy,
      `POST /b HTTP/1.1\r\n${h}Transfer-Encoding: chunked\r\n\r\n0\r\n${trailers}\r\n`,
    );
    assert.equal(statusOf(await readAnswer(client)), 431);
  }
  assert.equal(server.requests.length, 0);
});

proxyTest(
  'what the spellings of a name hide is not passed on: X_Forwarded_For, X-Forwarded-For in Connection',
  async (world) => {
    const { proxy, server } = await world.proxyTo(serve(() => ok()));
    const client = await world.send(
      proxy,
      get(
        '/',
        'X_Forwarded_For: 6.6.6.6\r\nTransfer_Encoding: chunked\r\nContent_Length: 5\r\nConnection: X-Forwarded-For, Host, Cookie\r\nCookie: a\r\n',
      ),
    );
    await readAnswer(client);
    const all = server.requests[0]!.lines.join('\n');
    assert.doesNotMatch(all, /6\.6\.6\.6|_/);
    assert.match(all, /\nX-Forwarded-For: 127\.0\.0\.1\n/);
    assert.match(all, /\nCookie: a\n/);
    assert.match(all, /^Host: a\.test\n/);
  },
);
