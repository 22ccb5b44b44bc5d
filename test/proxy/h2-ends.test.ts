import assert from 'node:assert/strict';

import { frameBytes } from '../h2/raw/frames.ts';
import { clientPrefaceText, request } from '../h2/raw/raw-h2-client.ts';
import { ask, asTimePasses, h2 } from '../harness/h2.ts';
import { readHead } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { until } from '../harness/until.ts';

const minuteMs = 60_000;

// --- waits ---------------------------------------------------------------------------------------------------------

proxyTest('a client that does not greet, or stops within a header block, is left alone after headMs', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => ok()),
    { timeouts: { headMs: 15_000 } },
  );
  const silent = await h2(world, proxy, { greet: false, polite: false });
  silent.send(clientPrefaceText);
  await silent.expect('Settings');
  const halfway = await h2(world, proxy);
  halfway.send(frameBytes('Headers', 0, 1, 'x'), frameBytes('Continuation', 0, 1, 'x'));
  const slow = await h2(world, proxy);
  slow.send(frameBytes('Headers', 4, 1, 'x'.repeat(10), 100));
  await until('what was sent', () => proxy.status.connections === 3);
  const all = [silent, halfway, slow];
  for (const client of all) assert.equal(client.ending, 'open');
  await asTimePasses(proxy, 'an end of all', () => all.every((client) => client.find('Goaway') !== undefined));
  await silent.expect('Goaway', { code: 'SETTINGS_TIMEOUT' });
  await halfway.expect('Goaway', { code: 'ENHANCE_YOUR_CALM' });
  await slow.expect('Goaway', { code: 'ENHANCE_YOUR_CALM' });
  for (const client of all) assert.equal(await client.closed(), 'fin');
  proxy.expectLine({ path: '', status: 499, reason: 'head-timeout' });
});

proxyTest('without streams a connection lasts keepAliveMs; what it says meanwhile does not count', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => ok()),
    { timeouts: { keepAliveMs: 20_000 } },
  );
  const client = await h2(world, proxy);
  await ask(client, 1, '/');
  proxy.turnClock(12_000);
  await client.roundTrip();
  proxy.turnClock(12_000);
  await client.expect('Goaway', { code: 'NO_ERROR' });
  assert.equal(await client.closed(), 'fin');
});

proxyTest('a silent client with streams is asked by PING, and lasts as long as it answers', async (world) => {
  const { proxy } = await world.proxyTo(async (peer) => void (await readHead(peer)), {
    http2: { pingAfterMs: 10_000, pingTimeoutMs: 5000 },
    timeouts: { writeMs: minuteMs * 60 },
  });
  const [polite, deaf] = [await h2(world, proxy), await h2(world, proxy, { polite: false })];
  polite.headers(1, request('/polite'), { endStream: true });
  deaf.headers(1, request('/deaf'), { endStream: true });
  await until('two requests', () => proxy.status.exchanges === 2);
  for (let i = 0; i < 3; i++) {
    proxy.turnClock(10_100);
    await polite.expect('Ping');
    await polite.roundTrip();
    if (i === 0) await deaf.expect('Ping');
  }
  await deaf.closed();
  assert.equal(polite.ending, 'open');
  proxy.expectLine({ path: '/deaf', status: 499, reason: 'client-abort' });
});

proxyTest('a request body that does not come: 408, and its stream alone ends', async (world) => {
  const { proxy } = await world.proxyTo(async (peer) => void (await readHead(peer)), {
    timeouts: { bodyIdleMs: 5000 },
  });
  const client = await h2(world, proxy);
  client.headers(1, request('/late', [], 'POST'));
  client.data(1, 'begin');
  client.headers(3, request('/other'), { endStream: true });
  await until('two requests', () => proxy.status.exchanges === 2);
  await client.roundTrip();
  await asTimePasses(proxy, 'an answer', () => ':status' in client.partial(1).fields);
  assert.equal((await client.head(1))[':status'], '408');
  await client.expect('RstStream', { id: 1 });
  assert.equal(client.find('RstStream', { id: 3 }), undefined);
  proxy.expectLine({ path: '/late', status: 408, reason: 'body-timeout' });
});

proxyTest('a stream for which the client gives no room is reset after writeMs; others go on', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(({ start }) => ok('x'.repeat(start.includes('/large') ? 200_000 : 3))),
    { timeouts: { writeMs: 5000 } },
  );
  const client = await h2(world, proxy, { credit: false, settings: [[4, 1000]] });
  client.windowUpdate(0, 10_000_000);
  client.headers(1, request('/large'), { endStream: true });
  await until('all that may come', () => client.partial(1).body.length === 1000);
  for (let id = 3; id < 10_000 && client.find('RstStream') === undefined; id += 2) {
    proxy.turnClock(100);
    assert.equal((await ask(client, id, '/small')).body.length, 3);
  }
  await client.expect('RstStream', { id: 1, code: 'CANCEL' });
  proxy.expectLine({ path: '/large', status: 200, reason: 'write-timeout', bytesOut: 1000 });
});

proxyTest('a connection for which the client gives no room: what waits is reset after writeMs', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => ok('x'.repeat(200_000))),
    { timeouts: { writeMs: 5000 } },
  );
  const client = await h2(world, proxy, { credit: false, settings: [[4, 1_000_000]] });
  client.headers(1, request('/large'), { endStream: true });
  await until('all that may come', () => client.partial(1).body.length === 65_535);
  await asTimePasses(proxy, 'a reset', () => client.find('RstStream') !== undefined);
  await client.expect('RstStream', { id: 1, code: 'CANCEL' });
  proxy.expectLine({ path: '/large', status: 200, reason: 'write-timeout' });
});

proxyTest('a client that takes nothing at all is cut off', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => ok('x'.repeat(20_000_000))),
    { timeouts: { writeMs: 5000 } },
  );
  const client = await h2(world, proxy, { credit: false, settings: [[4, 0x7fff_ffff]] });
  client.windowUpdate(0, 0x7fff_0000);
  client.socket.pause();
  client.headers(1, request('/huge'), { endStream: true });
  await until('a request', () => proxy.status.exchanges === 1);
  await asTimePasses(proxy, 'an end of the connection', () => proxy.status.connections === 0);
  proxy.expectLine({ path: '/huge', status: 200, reason: 'write-timeout' });
});

// --- ends ----------------------------------------------------------------------------------------------------------

proxyTest(
  'a drain: a warning, then the last number when the client has heard of it; streams end in order',
  async (world) => {
    const { proxy, server } = await world.proxyTo(async (peer) => void (await readHead(peer)));
    const [client, idle] = [await h2(world, proxy, { polite: false }), await h2(world, proxy)];
    client.headers(1, request('/long'), { endStream: true });
    await until('a request', () => server.peers.length === 1);
    idle.headers(1, request('/'), { endStream: true });
    await until('requests', () => server.peers.length === 2);
    server.peers[1]!.send(ok('', 'Connection: close\r\n'));
    await until('idleness', () => proxy.status.exchanges === 1);
    const drained = proxy.plane.drain(10_000);
    assert.equal((await idle.expect('Goaway', { code: 'NO_ERROR' })).payload.readUInt32BE(0), 1);
    assert.equal(await idle.closed(), 'fin');
    assert.equal((await client.expect('Goaway', { code: 'NO_ERROR' })).payload.readUInt32BE(0), 0x7fff_ffff);
    const ping = await client.expect('Ping', { flags: 0 });
    client.headers(3, request('/on-its-way'), { endStream: true });
    await until('the second one', () => server.peers.length === 3);
    client.frame('Ping', 1, 0, ping.payload);
    assert.equal((await client.expect('Goaway', { code: 'NO_ERROR' })).payload.readUInt32BE(0), 3);
    client.headers(5, request('/too-late'), { endStream: true });
    server.peers[2]!.send(ok('two'));
    assert.equal((await client.message(3)).body.toString(), 'two');
    assert.equal(client.ending, 'open');
    server.peers[0]!.send(ok('one'));
    assert.equal((await client.message(1)).body.toString(), 'one');
    assert.equal(await client.closed(), 'fin');
    idle.destroy();
    client.destroy();
    await drained;
    assert.deepEqual(
      proxy.log.read().filter(({ path }) => path === '/too-late'),
      [],
    );
  },
);

proxyTest(
  'a reload that takes HTTP/2 or the listener away lets streams end, and then the connection',
  async (world) => {
    const { proxy, server } = await world.proxyTo(serve(() => ok()));
    const client = await h2(world, proxy);
    await ask(client, 1, '/');
    await proxy.apply({ servers: [server], http2: false });
    assert.equal((await ask(client, 3, '/')).text, 'ok');
    await client.expect('Goaway', { code: 'NO_ERROR' });
    assert.equal(await client.closed(), 'fin');
  },
);

proxyTest('a client that has closed only its side gets what it asked for; half a request ends', async (world) => {
  const { proxy, server } = await world.proxyTo(async (peer) => void (await readHead(peer)));
  const client = await h2(world, proxy, { credit: false });
  client.headers(1, request('/whole'), { endStream: true });
  client.headers(3, request('/half', [], 'POST'));
  client.end();
  await until('requests', () => server.peers.length === 2);
  const line = await proxy.log.ofPath('/half');
  assert.deepEqual([line.status, line.reason], [499, 'client-abort']);
  await until('the end of the half at the server', () => server.open === 1);
  server.peers.find(({ ending }) => ending === 'open')!.send(ok('yes'));
  assert.equal((await client.message(1)).body.toString(), 'yes');
  assert.equal(await client.closed(), 'fin');
});

proxyTest('a client that goes away: each of its streams is in the log, and nothing stays', async (world) => {
  const { proxy, server } = await world.proxyTo(async (peer) => void (await readHead(peer)));
  const client = await h2(world, proxy);
  for (const id of [1, 3]) client.headers(id, request(`/${id}`), { endStream: true });
  await until('requests', () => server.peers.length === 2);
  client.destroy();
  for (const path of ['/1', '/3']) proxy.expectLine({ path, status: 499, reason: 'client-abort' });
});

// --- what clients do wrong -----------------------------------------------------------------------------------------

proxyTest(
  'a broken rule ends the connection with its code, and each stream that was open has its line',
  async (world) => {
    const { proxy, server } = await world.proxyTo(async (peer) => void (await readHead(peer)));
    const client = await h2(world, proxy);
    client.headers(1, request('/open'), { endStream: true });
    await until('a request', () => server.peers.length === 1);
    client.frame('Ping', 0, 0, 'short');
    await client.expect('Goaway', { code: 'FRAME_SIZE_ERROR' });
    assert.equal(await client.closed(), 'fin');
    proxy.expectLine({ path: '/open', status: 499, reason: 'protocol-error' });
    await until('the line', () => proxy.log.read().length === 1);
  },
);

proxyTest('what breaks a rule or floods where no stream is open has a line of its own', async (world) => {
  const { proxy } = await world.proxyTo(serve(() => ok()));
  const broken = await h2(world, proxy);
  broken.frame('Data', 0, 1, 'x');
  await broken.expect('Goaway', { code: 'PROTOCOL_ERROR' });
  assert.deepEqual(await proxy.log.ofReason('protocol-error').then(({ path, status }) => [path, status]), ['', 499]);
  const flood = await h2(world, proxy, { polite: false });
  const ping = frameBytes('Ping', 0, 0, '12345678');
  flood.send(Buffer.concat(Array.from({ length: 5000 }, () => ping)));
  await flood.expect('Goaway', { code: 'ENHANCE_YOUR_CALM' });
  assert.deepEqual(await proxy.log.ofReason('client-flood').then(({ path, status }) => [path, status]), ['', 499]);
});

proxyTest('a malformed request gets its 400, and its stream an error', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => ok()));
  const client = await h2(world, proxy);
  const cases = [
    [[...request('/upper'), ['Upper', 'x']], 'bad-request'],
    [[...request('/connection'), ['connection', 'close']], 'bad-request'],
    [[...request('/hosts'), ['host', 'b.test']], 'bad-host'],
    [request('bad'), 'bad-path'],
    [[...request('/length'), ['content-length', '4x']], 'bad-framing'],
  ] as const;
  let id = 1;
  for (const [fields, reason] of cases) {
    client.headers(id, fields, { endStream: true });
    await client.expect('RstStream', { id, code: 'PROTOCOL_ERROR' });
    const { fields: head, body } = client.partial(id);
    assert.equal(head[':status'], '400', reason);
    assert.equal(JSON.parse(body.toString()).error, reason);
    id += 2;
  }
  assert.equal((await ask(client, id, '/good')).text, 'ok');
  assert.equal(server.requests.length, 1);
  const lines = (await proxy.log.count(cases.length + 1)).map(({ path, status, reason }) => [path, status, reason]);
  assert.deepEqual(lines[0], ['', 400, 'bad-request']);
});

proxyTest('a request that is too large, or that is none of ours, is answered in order', async (world) => {
  const { proxy } = await world.proxyTo(serve(() => ok()));
  const client = await h2(world, proxy);
  const many = Array.from({ length: 200 }, (_, i) => [`x-${i}`, ''] as const);
  const cases = [
    [request('/many', many), '431', 'head-too-large'],
    [request(`/${'x'.repeat(9000)}`), '414', 'uri-too-long'],
    [
      [
        [':method', 'CONNECT'],
        [':authority', 'a.test:80'],
      ],
      '405',
      'connect-refused',
    ],
  ] as const;
  let id = 1;
  for (const [fields, status, reason] of cases) {
    client.headers(id, fields, { endStream: true });
    const { fields: head, body } = await client.message(id);
    assert.equal(head[':status'], status);
    assert.equal(JSON.parse(body.toString()).error, reason);
    id += 2;
  }
  assert.equal(client.find('RstStream'), undefined);
});

proxyTest(
  'a body that is longer or shorter than its length, and bad trailers: 400 while there is no answer',
  async (world) => {
    const { proxy } = await world.proxyTo(async (peer) => void (await readHead(peer)));
    const client = await h2(world, proxy);
    client.headers(1, request('/long', [['content-length', '3']], 'POST'));
    client.data(1, 'four', { endStream: true });
    client.headers(3, request('/short', [['content-length', '3']], 'POST'));
    client.data(3, 'xy', { endStream: true });
    client.headers(5, request('/trailers', [], 'POST'));
    client.headers(5, [[':path', '/']], { endStream: true });
    client.headers(7, request('/goes-on', [], 'POST'));
    client.headers(7, [['x-after', 'y']]);
    for (const id of [1, 3, 5, 7]) {
      await client.expect('RstStream', { id, code: 'PROTOCOL_ERROR' });
      assert.equal(client.partial(id).fields[':status'], '400', String(id));
    }
    proxy.expectLine({ path: '/long', status: 400, reason: 'bad-framing' });
    proxy.expectLine({ path: '/trailers', status: 400, reason: 'bad-body' });
    proxy.expectLine({ path: '/goes-on', status: 400, reason: 'bad-body' });
  },
);
