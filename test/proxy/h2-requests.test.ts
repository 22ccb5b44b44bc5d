import assert from 'node:assert/strict';

import { request } from '../h2/raw/raw-h2-client.ts';
import { ask, h2 } from '../harness/h2.ts';
import { readHead, readRequest, valueOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { echo, ok, serve } from '../harness/raw-server.ts';
import { arrived } from '../harness/socket-queues.ts';
import { until } from '../harness/until.ts';

proxyTest('a request over HTTP/2 reaches the server as one of HTTP/1, and its answer comes back', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(echo));
  const client = await h2(world, proxy);
  const { fields, text } = await ask(client, 1, '/a/../b?c=d', [
    ['x-own', 'yes'],
    ['te', 'trailers'],
  ]);
  assert.equal(fields[':status'], '200');
  assert.equal(fields['content-length'], String(text.length));
  assert.match(fields['date']!, / GMT$/);
  assert.equal(fields['connection'], undefined);
  assert.match(text, /^GET \/b\?c=d HTTP\/1\.1\n/);
  assert.match(text, /\nx-own: yes\n/);
  assert.equal(valueOf(server.requests[0]!, 'host'), 'a.test');
  assert.equal(valueOf(server.requests[0]!, 'x-forwarded-proto'), 'http');
  await ask(client, 3, '/again');
  assert.equal(server.peers.length, 1, 'an idle connection serves both');
});

proxyTest('the log says of HTTP/2 what it says of HTTP/1', async (world) => {
  const { proxy } = await world.proxyTo(serve(() => ok('four')));
  const client = await h2(world, proxy);
  client.headers(1, request('/up?x=1', [['content-length', '3']], 'POST'));
  client.data(1, 'abc', { endStream: true });
  await client.message(1);
  const line = await proxy.log.ofPath('/up');
  const { protocol, scheme } = line as typeof line & { protocol: string; scheme: string };
  assert.deepEqual([protocol, scheme], ['HTTP/2.0', 'http']);
  assert.deepEqual([line.method, line.host, line.query, line.status], ['POST', 'a.test', 'x=1', 200]);
  assert.deepEqual([line.route, line.pool, line.server], ['route-0', 'main', 'main-0']);
  assert.deepEqual([line.bytesIn, line.bytesOut, line.reason], [3, 4, undefined]);
  const { exchangesTotal, exchanges, connections } = proxy.status;
  assert.deepEqual([exchangesTotal, exchanges, connections], [1, 0, 1]);
});

proxyTest('an exchange over HTTP/2 is traced, and its span says which protocol it was', async (world) => {
  const otlp = {
    endpoint: 'http://127.0.0.1:4318/v1/traces',
    headers: {},
    service: 'test',
    sample: 1,
    continue: 'trusted',
  } as const;
  const trace = { sample: 0, header: 'X-Trace', from: ['127.0.0.0/8'], otlp };
  const { proxy } = await world.proxyTo(
    serve(() => ok('hello')),
    { trace },
  );
  const client = await h2(world, proxy);
  await ask(client, 1, '/a?b=1', [['x-trace', '1']]);
  const line = await proxy.log.ofPath('/a');
  const traced = proxy.plane.traced(line.id)!;
  assert.equal(traced.url, 'http://a.test/a?b=1');
  assert.deepEqual([traced.protocol, traced.status, traced.bytesOut], ['HTTP/2.0', 200, 5]);
  assert.deepEqual(
    traced.notes.map(({ step }) => step),
    ['client', 'match', 'pick', 'server'],
  );
  await until('spans', () => proxy.spans.length >= 2);
  const version = '{"key":"network.protocol.version","value":{"stringValue":"2"}}';
  assert.ok(proxy.spans.some((span) => span.includes(version)));
});

proxyTest('answers without a body: HEAD, 204, 304 and an empty 200', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(({ start }) => {
      if (start.startsWith('HEAD')) return 'HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n';
      if (start.includes('/204')) return 'HTTP/1.1 204 No Content\r\n\r\n';
      if (start.includes('/304')) return 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: "x"\r\n\r\n';
      return ok('');
    }),
  );
  const client = await h2(world, proxy);
  client.headers(1, request('/', [], 'HEAD'), { endStream: true });
  const head = await client.message(1);
  assert.deepEqual([head.fields[':status'], head.fields['content-length'], head.body.length], ['200', '77', 0]);
  const none = await ask(client, 3, '/204');
  assert.deepEqual([none.fields[':status'], none.fields['content-length']], ['204', undefined]);
  const same = await ask(client, 5, '/304');
  assert.deepEqual([same.fields[':status'], same.fields['content-length'], same.fields['etag']], ['304', '9', '"x"']);
  const empty = await ask(client, 7, '/');
  assert.deepEqual([empty.fields[':status'], empty.fields['content-length']], ['200', '0']);
  assert.equal(client.frames.filter(({ type }) => type === 0).length, 0, 'no DATA at all');
});

proxyTest('trailers go both ways', async (world) => {
  const { proxy, server } = await world.proxyTo(
    serve(() => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-After: answer\r\n\r\n'),
  );
  const client = await h2(world, proxy);
  client.headers(1, request('/', [['te', 'trailers']], 'POST'));
  client.data(1, 'request');
  client.headers(1, [['x-after', 'request']], { endStream: true });
  const { body, trailers } = await client.message(1);
  assert.equal(body.toString(), 'body');
  assert.deepEqual(trailers, { 'x-after': 'answer' });
  const [seen] = server.requests;
  assert.equal(seen!.body.toString(), 'request');
  assert.equal(valueOf(seen!, 'transfer-encoding'), 'chunked');
  assert.deepEqual(seen!.trailers, ['x-after: request']);
});

proxyTest('1xx answers go on, and a 100 lets the body come', async (world) => {
  const { proxy } = await world.proxyTo(async (peer) => {
    await readHead(peer);
    peer.send('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n');
    await peer.takeBytes(4);
    peer.send(ok());
  });
  const client = await h2(world, proxy);
  client.headers(
    1,
    request(
      '/',
      [
        ['expect', '100-continue'],
        ['content-length', '4'],
      ],
      'PUT',
    ),
  );
  await until('a 100', () => client.partial(1).interim.length === 2);
  client.data(1, 'body', { endStream: true });
  const { interim, fields } = await client.message(1);
  assert.deepEqual(interim, [{ ':status': '103', link: '</a.css>' }, { ':status': '100' }]);
  assert.equal(fields[':status'], '200');
});

proxyTest(
  'an answer before the end of the request: it is whole, and then the request is refused with NO_ERROR',
  async (world) => {
    const { proxy } = await world.proxyTo(async (peer) => {
      await readHead(peer);
      peer.send(ok('enough', 'Connection: close\r\n'));
      peer.end();
    });
    const client = await h2(world, proxy);
    client.headers(1, request('/early', [], 'POST'));
    client.data(1, 'x'.repeat(1000));
    const { fields, body } = await client.message(1);
    assert.deepEqual([fields[':status'], body.toString()], ['200', 'enough']);
    await client.expect('RstStream', { id: 1, code: 'NO_ERROR' });
    client.data(1, 'on its way');
    assert.equal((await ask(client, 3, '/next')).fields[':status'], '200');
    proxy.expectLine({ path: '/early', status: 200, reason: undefined });
  },
);

proxyTest('a small body that nobody reads is taken, so that the stream ends in order', async (world) => {
  const proxy = await world.proxy({ routes: [{ host: 'other.test' }], servers: [] });
  const client = await h2(world, proxy);
  client.headers(1, request('/', [['content-length', '3']], 'POST'));
  assert.equal((await client.head(1))[':status'], '404');
  client.data(1, 'abc', { endStream: true });
  await client.roundTrip();
  assert.equal(client.find('RstStream'), undefined);
  client.headers(3, request('/', [['content-length', '3000000']], 'POST'));
  await client.expect('RstStream', { id: 3, code: 'NO_ERROR' });
});

proxyTest('a body of no bytes may end with the head or behind it', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => ok()));
  const client = await h2(world, proxy);
  client.headers(1, request('/', [['content-length', '0']], 'POST'));
  client.data(1, '', { endStream: true });
  client.headers(3, request('/', [['content-length', '0']], 'POST'), { endStream: true });
  client.headers(5, request('/', [], 'POST'));
  client.data(5, '', { endStream: true });
  for (const id of [1, 3, 5]) assert.equal((await client.message(id)).fields[':status'], '200');
  assert.equal(client.find('RstStream'), undefined);
  assert.deepEqual(
    server.requests.map(({ body }) => body.length),
    [0, 0, 0],
  );
});

proxyTest('where answers wait for room, the more urgent goes first', async (world) => {
  const sizes: Readonly<Record<string, number>> = { '/1': 200_000, '/3': 70_000 };
  const { proxy, server } = await world.proxyTo(serve(({ start }) => ok('x'.repeat(sizes[start.split(' ')[1]!]!))));
  const client = await h2(world, proxy, { credit: false, settings: [[4, 1_000_000]] });
  client.headers(1, request('/1', [['priority', 'u=5']]), { endStream: true });
  await until('all that may come', () => client.partial(1).body.length === 65_535);
  client.headers(3, request('/3', [['priority', 'u=1']]), { endStream: true });
  await client.head(3);
  await arrived(server.peers[1]!.socket); // Or it would wait for its server, and the other one may go on.
  for (let i = 0; i < 3; i++) await client.roundTrip();
  client.windowUpdate(0, 60_000);
  await until('all that may come', () => client.partial(1).body.length + client.partial(3).body.length === 125_535);
  assert.deepEqual([client.partial(1).body.length, client.partial(3).body.length], [65_535, 60_000]);
  client.windowUpdate(0, 1_000_000);
  for (const id of [3, 1]) assert.equal((await client.message(id)).body.length, sizes[`/${id}`]);
});

proxyTest('many streams at once have an answer each, in whatever order they come', async (world) => {
  const { proxy } = await world.proxyTo(async (peer) => {
    for (;;) peer.send(echo(await readRequest(peer)));
  });
  const client = await h2(world, proxy);
  const ids = Array.from({ length: 100 }, (_, i) => 2 * i + 1);
  for (const id of ids) client.headers(id, request(`/n${id}`), { endStream: true });
  for (const id of ids) assert.match((await client.message(id)).body.toString(), new RegExp(`^GET /n${id} `));
});

proxyTest('status counts the exchanges of all streams', async (world) => {
  const { proxy, server } = await world.proxyTo(async (peer) => void (await readHead(peer)));
  const client = await h2(world, proxy);
  for (const id of [1, 3, 5]) client.headers(id, request('/'), { endStream: true });
  await until('three requests', () => server.peers.length === 3 && proxy.status.exchanges === 3);
  client.resetStream(3);
  await until('two of them', () => proxy.status.exchanges === 2);
  assert.deepEqual([proxy.status.connections, proxy.status.exchangesTotal], [1, 3]);
  await until(
    'the end of its server connection',
    () => server.peers.filter(({ ending }) => ending !== 'open').length === 1,
  );
  client.destroy();
  proxy.expectLine({ path: '/', status: 499, reason: 'client-abort' });
});

proxyTest(
  'a server that breaks off in the middle of its answer: the stream is reset, the others go on',
  async (world) => {
    const { proxy } = await world.proxyTo(async (peer) => {
      const { start } = await readRequest(peer);
      const half = start.includes('/half');
      peer.send(half ? 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf' : ok());
      if (half) peer.end();
    });
    const client = await h2(world, proxy);
    client.headers(1, request('/half'), { endStream: true });
    await client.expect('RstStream', { id: 1, code: 'INTERNAL_ERROR' });
    assert.equal(client.partial(1).fields[':status'], '200');
    assert.equal((await ask(client, 3, '/whole')).text, 'ok');
    proxy.expectLine({ path: '/half', status: 200, reason: 'server-closed' });
  },
);

proxyTest('failures of the proxy itself are answered as over HTTP/1', async (world) => {
  const proxy = await world.proxy({ servers: [{ kind: 'tcp', host: '127.0.0.1', port: 1 }] });
  const client = await h2(world, proxy);
  const { fields, text } = await ask(client, 1, '/');
  assert.deepEqual([fields[':status'], fields['content-type']], ['502', 'application/json']);
  assert.equal(JSON.parse(text).error, 'server-refused');
  proxy.expectLine({ path: '/', status: 502, reason: 'server-refused' });
});

proxyTest(
  'NTLM and Negotiate need a connection of their own: the client is told to come by HTTP/1.1',
  async (world) => {
    const { proxy, server } = await world.proxyTo(serve(echo));
    const client = await h2(world, proxy);
    for (const [id, credentials] of [
      [1, 'NTLM TlRMTVNT'],
      [3, 'negotiate YII'],
    ] as const) {
      client.headers(id, request('/ntlm', [['authorization', credentials]]), { endStream: true });
      await client.expect('RstStream', { id, code: 'HTTP_1_1_REQUIRED' });
    }
    assert.equal((await ask(client, 5, '/basic', [['authorization', 'Basic abc']])).fields[':status'], '200');
    assert.equal(server.requests.length, 1);
    proxy.expectLine({ path: '/ntlm', status: 499, reason: 'http1-required' });
  },
);

proxyTest('the preface is known however it comes, and only in front', async (world) => {
  const { proxy } = await world.proxyTo(serve(() => ok()));
  const client = await h2(world, proxy, { greet: false, polite: false });
  for (const byte of 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') {
    client.send(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.settings();
  await client.expect('Settings', { flags: 0 });
  assert.equal((await ask(client, 1, '/a')).text, 'ok');
  const late = await world.send(proxy, 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  assert.match(await late.takeThrough('ok'), /^HTTP\/1\.1 200 /);
  assert.match(await late.takeThrough('\r\n\r\n'), /^HTTP\/1\.1 400 |^HTTP\/1\.1 505 /);
});

proxyTest('a listener without HTTP/2 refuses the preface as a request that it cannot read', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => ok()),
    { http2: false },
  );
  const peer = await world.send(proxy, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  assert.match(await peer.takeThrough('\r\n\r\n'), /^HTTP\/1\.1 (400|505) /);
});

proxyTest('Upgrade: h2c is ignored', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => ok()));
  const fields = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
  const peer = await world.send(proxy, `GET / HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`);
  assert.match(await peer.takeThrough('ok'), /^HTTP\/1\.1 200 /);
  assert.equal(valueOf(server.requests[0]!, 'upgrade'), undefined);
});
