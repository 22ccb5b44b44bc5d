import assert from 'node:assert/strict';

import { readAnswer, readAnswers, statusOf, textOf, valueOf } from '../harness/message.ts';
import { asTimePasses } from '../harness/h2.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { echo, ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

/** Answers with the path; for a body, with its length too. */
const answerPath = serve(({ start, body }) => ok(`${start.split(' ')[1]} ${body.length}`));

proxyTest('a connection carries one request after the other, and so does the one to the server', async (world) => {
  const { proxy, server } = await world.proxyTo(answerPath);
  const client = await world.client(proxy);
  for (const path of ['/a', '/b', '/c']) {
    client.send(get(path));
    assert.equal(textOf(await readAnswer(client)), `${path} 0`);
  }
  assert.equal(server.peers.length, 1);
  const lines = await proxy.log.count(3);
  assert.deepEqual(
    lines.map(({ path, status, bytesOut }) => [path, status, bytesOut]),
    ['/a', '/b', '/c'].map((path) => [path, 200, 4]),
  );
});

proxyTest('200 requests in one write are answered in order, over one server connection', async (world) => {
  const { proxy, server } = await world.proxyTo(answerPath);
  const paths = Array.from({ length: 200 }, (_, i) => `/${i}`);
  const client = await world.send(proxy, paths.map((path) => get(path)).join(''));
  const answers = await readAnswers(client, 200);
  assert.deepEqual(
    answers.map((answer) => textOf(answer)),
    paths.map((path) => `${path} 0`),
  );
  assert.equal(proxy.status.exchangesTotal, 200);
  assert.equal(server.peers.length, 1);
});

proxyTest('pipelined requests with bodies between them are answered in order', async (world) => {
  const { proxy, server } = await world.proxyTo(answerPath);
  const requests = Array.from({ length: 60 }, (_, i) => {
    if (i % 3 === 0) return get(`/${i}`);
    if (i % 3 === 1) return `POST /${i} HTTP/1.1\r\nHost: a\r\nContent-Length: ${i}\r\n\r\n${'x'.repeat(i)}`;
    return `POST /${i} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${i.toString(16)}\r\n${'y'.repeat(i)}\r\n0\r\n\r\n`;
  });
  const client = await world.send(proxy, requests.join(''));
  const answers = await readAnswers(client, 60);
  assert.deepEqual(
    answers.map((answer) => textOf(answer)),
    requests.map((_, i) => `/${i} ${i % 3 === 0 ? 0 : i}`),
  );
  assert.ok(server.requests.every(({ body }, i) => body.toString() === (i % 3 === 1 ? 'x' : 'y').repeat(i % 3 && i)));
});

proxyTest('requests that come byte by byte are understood, and answers that come so too', async (world) => {
  const { proxy } = await world.proxyTo(async (peer) => {
    for (;;) {
      await peer.takeThrough('\r\n\r\n');
      await peer.takeThrough('abc');
      await peer.sendBytewise(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nX-T: 1\r\n\r\n',
      );
    }
  });
  const client = await world.client(proxy);
  const request = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc';
  await client.sendBytewise(`\r\n${request}${request}`);
  for (const answer of await readAnswers(client, 2)) {
    assert.equal(textOf(answer), 'hi');
    assert.deepEqual(answer.trailers, ['X-T: 1']);
  }
});

proxyTest('pipelined requests are all answered though the client closed its side behind them', async (world) => {
  const { proxy } = await world.proxyTo(answerPath);
  const client = await world.client(proxy);
  client.end([1, 2, 3, 4, 5].map((i) => get(`/${i}`)).join(''));
  const answers = await readAnswers(client, 5);
  assert.deepEqual(answers.map(textOf), ['/1 0', '/2 0', '/3 0', '/4 0', '/5 0']);
  assert.equal(await client.ended(), 'fin');
});

proxyTest('the same where the proxy itself answers some of them at once', async (world) => {
  const server = await world.server(answerPath);
  const proxy = await world.proxy({ servers: [server], routes: [{ path: '/ok' }] });
  const client = await world.client(proxy);
  client.end(get('/ok') + get('/none') + get('/none') + get('/ok'));
  const answers = await readAnswers(client, 4);
  assert.deepEqual(answers.map(statusOf), [200, 404, 404, 200]);
  assert.equal(await client.ended(), 'fin');
});

proxyTest('the same where a request with a body follows, whose server connection is there already', async (world) => {
  const { proxy } = await world.proxyTo(answerPath);
  const warm = [await world.client(proxy), await world.client(proxy)];
  for (const client of warm) client.send(get('/warm'));
  for (const client of warm) await readAnswer(client);
  await until('two idle connections', () => proxy.serverConnections.idle === 2);
  const client = await world.client(proxy);
  client.end(`${get('/1')}POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello${get('/3')}`);
  const answers = await readAnswers(client, 3);
  assert.deepEqual(answers.map(textOf), ['/1 0', '/2 5', '/3 0']);
});

proxyTest('half a request behind the last whole one is dropped when the client closes its side', async (world) => {
  const { proxy, server } = await world.proxyTo(answerPath);
  const client = await world.client(proxy);
  client.end(`${get('/1')}GET /2 HTTP/1.1\r\nHos`);
  assert.equal(textOf(await readAnswer(client)), '/1 0');
  assert.equal(await client.ended(), 'fin');
  assert.equal(server.requests.length, 1);
});

proxyTest('Connection: close of the client is obeyed, and said', async (world) => {
  const { proxy, server } = await world.proxyTo(answerPath);
  const client = await world.send(proxy, get('/1', 'Connection: close\r\n') + get('/2'));
  const answer = await readAnswer(client);
  assert.equal(valueOf(answer, 'connection'), 'close');
  assert.equal(await client.ended(), 'fin');
  assert.equal(server.requests.length, 1);
});

proxyTest("Connection: close of the server ends its connection, not the client's", async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => ok('x', 'Connection: close\r\n')));
  const client = await world.send(proxy, get('/1') + get('/2'));
  for (const answer of await readAnswers(client, 2)) assert.equal(valueOf(answer, 'connection'), undefined);
  assert.equal(server.peers.length, 2);
});

proxyTest('an idle client connection is closed after keepAliveMs', async (world) => {
  const { proxy } = await world.proxyTo(answerPath, { timeouts: { keepAliveMs: 100 } });
  const client = await world.send(proxy, get('/1'));
  await readAnswer(client);
  assert.equal(await client.ended(), 'fin');
  assert.equal((await proxy.log.count(1)).length, 1);
});

proxyTest('a connection on which nothing ever comes is closed after headMs', async (world) => {
  const { proxy } = await world.proxyTo(answerPath, { timeouts: { headMs: 100 } });
  const client = await world.client(proxy);
  assert.equal((await client.takeRest()).length, 0);
});

proxyTest('a head that does not end in time gets 408, however it trickles', async (world) => {
  const { proxy, server } = await world.proxyTo(answerPath, { timeouts: { headMs: 10_000 } });
  const client = await world.send(proxy, 'GET / HTTP/1.1\r\nHost: a\r\nX: ');
  const drip = setInterval(() => client.send('x'), 5);
  world.after(() => clearInterval(drip));
  await asTimePasses(proxy, 'an answer', () => client.queue.length > 0);
  assert.equal(statusOf(await readAnswer(client)), 408);
  clearInterval(drip);
  await client.ended();
  await proxy.log.ofReason('head-timeout');
  assert.equal(server.peers.length, 0);
});

proxyTest('empty lines between requests do not keep a connection open', async (world) => {
  const { proxy } = await world.proxyTo(answerPath, { timeouts: { keepAliveMs: 10_000, headMs: 10_000 } });
  const client = await world.send(proxy, get('/1'));
  await readAnswer(client);
  const drip = setInterval(() => client.send('\r\n'), 5);
  world.after(() => clearInterval(drip));
  await asTimePasses(proxy, 'an end', () => client.ending !== 'open');
  await client.ended();
});

proxyTest('an idle server connection is closed after its idle time, its age, or its requests', async (world) => {
  for (const idle of [{ idleMs: 100 }, { maxRequests: 1 }, { maxAgeMs: 0 }, { max: 0 }]) {
    const { proxy, server } = await world.proxyTo(answerPath, { pool: { idle } });
    const client = await world.send(proxy, get('/1') + get('/2'));
    await readAnswers(client, 2);
    client.send(get('/3'));
    await readAnswer(client);
    if (!('maxAgeMs' in idle)) await until(`closed by ${JSON.stringify(idle)}`, () => server.open === 0);
    else assert.ok(server.peers.length > 1);
  }
});

proxyTest('what a client sends ahead is not read without bound', async (world) => {
  const { proxy, server } = await world.proxyTo(async (peer) => void (await peer.takeThrough('never')), {
    pool: { retries: { attempts: 0 } }, // Or the client that nobody looks at would have another server asked.
  });
  const client = await world.client(proxy);
  const sent = client.pour(Buffer.from(get('/1') + get('/2').repeat(400_000)));
  let done = false;
  void sent.finally(() => (done = true));
  const before = process.memoryUsage().rss;
  await until('the request at the server', () => server.peers.length === 1);
  assert.equal(done, false);
  assert.ok(process.memoryUsage().rss - before < 50e6);
  client.reset();
  await sent;
  server.peers[0]!.reset(); // Only now does the proxy look at its client again.
});

proxyTest('HTTP/1.0 without keep-alive is closed, with it kept, and the server always gets HTTP/1.1', async (world) => {
  const { proxy } = await world.proxyTo(serve(echo));
  const plain = await world.send(proxy, 'GET /a HTTP/1.0\r\nHost: a\r\n\r\n');
  const answer = await readAnswer(plain);
  assert.match(textOf(answer), /^GET \/a HTTP\/1\.1\n/);
  assert.equal(valueOf(answer, 'connection'), 'close');
  assert.equal(await plain.ended(), 'fin');
  const kept = await world.client(proxy);
  for (const path of ['/b', '/c']) {
    kept.send(`GET ${path} HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n`);
    const again = await readAnswer(kept);
    assert.equal(valueOf(again, 'connection'), 'keep-alive');
    assert.match(textOf(again), /\nHost: 127\.0\.0\.1:\d+\n/);
  }
});

proxyTest('HTTP/1.0 gets a body of unknown length up to the close, without chunks', async (world) => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';
  const { proxy } = await world.proxyTo(serve(() => chunked));
  const client = await world.send(proxy, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
  const answer = await readAnswer(client);
  assert.equal(textOf(answer), 'abcde');
  assert.equal(valueOf(answer, 'transfer-encoding'), undefined);
  assert.equal(valueOf(answer, 'connection'), 'close');
});
