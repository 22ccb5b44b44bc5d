import assert from 'node:assert/strict';

import { readAnswer, readHead, readRequest, statusOf, textOf, valueOf, valuesOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { echo, ok, serve } from '../harness/raw-server.ts';
import { chunk, chunkedHead, get, post } from '../harness/requests.ts';

const answers: readonly (readonly [
  string,
  { sent: string; close?: true; body: string; fields: Record<string, string | undefined> },
])[] = [
  [
    'Content-Length',
    { sent: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc', body: 'abc', fields: { 'content-length': '3' } },
  ],
  [
    'Content-Length: 0',
    { sent: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', body: '', fields: { 'content-length': '0' } },
  ],
  [
    'chunks',
    {
      sent: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0002;ext="x"\r\nbc\r\n0\r\n\r\n',
      body: 'abc',
      fields: { 'transfer-encoding': 'chunked', 'content-length': undefined },
    },
  ],
  [
    'no chunk but the last',
    { sent: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', body: '', fields: {} },
  ],
  [
    'a body up to the close',
    { sent: 'HTTP/1.1 200 OK\r\n\r\nabc', close: true, body: 'abc', fields: { 'transfer-encoding': 'chunked' } },
  ],
  ['an empty body up to the close', { sent: 'HTTP/1.0 200 OK\r\n\r\n', close: true, body: '', fields: {} }],
  ['204', { sent: 'HTTP/1.1 204 No Content\r\n\r\n', body: '', fields: { 'content-length': undefined } }],
  [
    '304 with a length',
    { sent: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n', body: '', fields: { 'content-length': '99' } },
  ],
  [
    '304 without a length',
    { sent: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', body: '', fields: { 'content-length': undefined } },
  ],
];

for (const [name, { sent, close, body, fields }] of answers) {
  proxyTest(`an answer with ${name} goes through, and the client may go on`, async (world) => {
    const { proxy } = await world.proxyTo(async (peer) => {
      for (;;) {
        await readRequest(peer);
        peer.send(sent);
        if (close) return peer.end();
      }
    });
    const client = await world.client(proxy);
    for (const path of ['/1', '/2']) {
      client.send(get(path));
      const answer = await readAnswer(client);
      assert.equal(answer.start, sent.split('\r\n', 1)[0]!.replace('HTTP/1.0', 'HTTP/1.1'));
      assert.equal(textOf(answer), body);
      for (const [field, value] of Object.entries(fields)) assert.equal(valueOf(answer, field), value, field);
      assert.equal(valueOf(answer, 'connection'), undefined);
    }
  });
}

proxyTest('an answer to HEAD keeps its length or coding and has no body', async (world) => {
  const { proxy, server } = await world.proxyTo(
    serve(
      ({ start }) =>
        `HTTP/1.1 200 OK\r\n${start.includes('/l') ? 'Content-Length: 7' : 'Transfer-Encoding: chunked'}\r\n\r\n`,
    ),
  );
  const client = await world.send(proxy, 'HEAD /l HTTP/1.1\r\nHost: a\r\n\r\nHEAD /c HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal(valueOf(await readAnswer(client, 'HEAD'), 'content-length'), '7');
  assert.equal(valueOf(await readAnswer(client, 'HEAD'), 'content-length'), undefined);
  assert.equal(server.peers.length <= 2, true);
  client.send('HEAD /l HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await readAnswer(client, 'HEAD');
  assert.equal((await client.takeRest()).length, 0);
});

proxyTest("the proxy's own answers to HEAD have no body", async (world) => {
  const proxy = await world.proxy({ routes: [{ path: '=/x' }] });
  const client = await world.send(proxy, 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const answer = await readAnswer(client, 'HEAD');
  assert.equal(statusOf(answer), 404);
  assert.notEqual(valueOf(answer, 'content-length'), '0');
  assert.equal((await client.takeRest()).length, 0);
});

proxyTest('a Date is added where the server sent none, and kept where it did', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(({ start }) => ok('', start.includes('/d') ? 'Date: yesterday\r\n' : '')),
  );
  const client = await world.send(proxy, get('/') + get('/d'));
  assert.match(valueOf(await readAnswer(client), 'date')!, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  assert.equal(valueOf(await readAnswer(client), 'date'), 'yesterday');
});

proxyTest(
  'fields keep their order, case and repeats both ways, and those of the connection do not cross',
  async (world) => {
    const { proxy, server } = await world.proxyTo(
      serve(() =>
        ok(
          '',
          'X-B: 1\r\nset-cookie: a\r\nSet-Cookie: b\r\nKeep-Alive: timeout=5\r\nConnection: X-Own\r\nX-Own: 1\r\nX-B: 2\r\n',
        ),
      ),
    );
    const fields =
      'Z: 1\r\na: 2\r\nZ: 3\r\nCookie: x\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 1\r\nTE: gzip\r\nProxy-Connection: x\r\nProxy-Authorization: x\r\n';
    const client = await world.send(proxy, get('/', fields));
    const answer = await readAnswer(client);
    const crossed = answer.lines.filter((line) => !/^(Date|Content-Length):/.test(line));
    assert.deepEqual(crossed, ['X-B: 1', 'set-cookie: a', 'Set-Cookie: b', 'X-B: 2']);
    const own = /^(Host|X-Forwarded-\w+|X-Real-IP|X-Request-Id|CDN-Loop):/;
    const got = server.requests[0]!.lines.filter((line) => !own.test(line));
    assert.deepEqual(got, ['Z: 1', 'a: 2', 'Z: 3', 'Cookie: x']);
  },
);

proxyTest('bytes above 127 in targets are refused, in fields and reasons they pass', async (world) => {
  const { proxy, server } = await world.proxyTo(
    serve(() => 'HTTP/1.1 200 \xfcber\r\nX: \xe4\r\nContent-Length: 0\r\n\r\n'),
  );
  const client = await world.send(proxy, get('/', 'X: \xf6\r\n'));
  const answer = await readAnswer(client);
  assert.equal(answer.start, 'HTTP/1.1 200 \xfcber');
  assert.equal(valueOf(answer, 'x'), '\xe4');
  assert.equal(valueOf(server.requests[0]!, 'x'), '\xf6');
  const other = await world.send(proxy, get('/\xe4'));
  assert.equal(statusOf(await readAnswer(other)), 400);
});

for (const method of ['POST', 'PUT', 'PATCH']) {
  proxyTest(`${method} without a body says so to the server`, async (world) => {
    const { proxy } = await world.proxyTo(serve(echo));
    const client = await world.send(proxy, `${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.match(textOf(await readAnswer(client)), /\nContent-Length: 0\n/);
  });
}

proxyTest('GET and DELETE carry a body if the client sends one', async (world) => {
  const { proxy } = await world.proxyTo(serve(echo));
  const client = await world.send(proxy, 'DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc' + get('/'));
  assert.match(textOf(await readAnswer(client)), /^DELETE [^]*\nContent-Length: 3\n\nabc$/);
  assert.doesNotMatch(textOf(await readAnswer(client)), /Content-Length/);
});

proxyTest('chunked requests go on in chunks, with their trailers; what may not trail is dropped', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => ok()));
  const trailers =
    'X-Sum: 1\r\nHost: evil\r\nContent-Length: 3\r\nTransfer-Encoding: x\r\nX-Forwarded-For: 1.1.1.1\r\nCookie: x\r\nAuthorization: x\r\n';
  const client = await world.send(
    proxy,
    `${chunkedHead('/', 'Trailer: X-Sum\r\n')}${chunk('abc')}${chunk('de')}0\r\n${trailers}\r\n`,
  );
  assert.equal(statusOf(await readAnswer(client)), 200);
  const [request] = server.requests;
  assert.equal(request!.body.toString(), 'abcde');
  assert.equal(valueOf(request!, 'trailer'), 'X-Sum');
  assert.deepEqual(request!.trailers, ['X-Sum: 1']);
  assert.equal(request!.chunked, true);
});

proxyTest('trailers of an answer reach the client', async (world) => {
  const sent =
    'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\nSet-Cookie: x\r\n\r\n';
  const { proxy, server } = await world.proxyTo(serve(() => sent));
  const client = await world.send(proxy, get('/', 'TE: trailers\r\nConnection: TE\r\n'));
  const answer = await readAnswer(client);
  assert.deepEqual(answer.trailers, ['X-Sum: 7']);
  assert.equal(valueOf(server.requests[0]!, 'te'), 'trailers');
});

proxyTest('a chunk leaves as it came: nothing waits for the next one', async (world) => {
  const { proxy } = await world.proxyTo(async (peer) => {
    await readHead(peer);
    peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (const text of ['one', 'two', 'three']) {
      assert.equal(await peer.takeThrough('\r\n'), `${text.length}\r\n`);
      assert.equal(await peer.takeThrough('\r\n'), `${text}\r\n`);
      peer.send(chunk(text.toUpperCase()));
    }
    await peer.takeThrough('0\r\n\r\n');
    peer.send('0\r\n\r\n');
  });
  const client = await world.send(proxy, chunkedHead('/'));
  await readHead(client);
  for (const text of ['one', 'two', 'three']) {
    client.send(chunk(text));
    assert.equal(await client.takeThrough('\r\n'), `${text.length}\r\n`);
    assert.equal(await client.takeThrough('\r\n'), `${text.toUpperCase()}\r\n`);
  }
  client.send('0\r\n\r\n');
  await client.takeThrough('0\r\n\r\n');
});

proxyTest('the log counts body bytes both ways without framing', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => 'HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
  );
  const client = await world.send(proxy, `${chunkedHead('/n?password=x&a=b')}${chunk('12345')}${chunk('67')}0\r\n\r\n`);
  await readAnswer(client);
  const names = { pool: 'main', route: 'route-0', server: 'main-0' };
  proxy.expectLine({ path: '/n', status: 201, bytesIn: 7, bytesOut: 3, query: 'password=***&a=b', ...names });
});

proxyTest('a request id is made, sent to the server and logged; its answer names no server', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => ok()));
  const client = await world.send(proxy, get('/i', 'X-Request-Id: forged\r\n') + post('/j', 'abc'));
  const answer = await readAnswer(client);
  await readAnswer(client);
  const id = valueOf(server.requests[0]!, 'x-request-id')!;
  proxy.expectLine({ path: '/i', id });
  assert.notEqual(id, 'forged');
  assert.notEqual(valueOf(server.requests[1]!, 'x-request-id'), id);
  assert.deepEqual(valuesOf(answer, 'via'), []);
});
