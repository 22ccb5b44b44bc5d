import assert from 'node:assert/strict';

import { readAnswer, readHead, readRequest, statusOf, textOf, valueOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

proxyTest('what comes behind an answer goes to nobody, and its connection is not used again', async (world) => {
  for (const junk of ['x', ok('evil'), '\r\n']) {
    const { proxy, server } = await world.proxyTo(serve(() => ok('good') + junk));
    const client = await world.client(proxy);
    for (let i = 0; i < 3; i++) {
      client.send(get('/'));
      assert.equal(textOf(await readAnswer(client)), 'good');
    }
    assert.equal(server.peers.length, 3, JSON.stringify(junk));
    assert.equal(client.queue.length, 0);
  }
});

for (const [name, answer, how] of [
  ['is shorter than announced and ends with a FIN', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', 'end'],
  ['is shorter than announced and ends with a reset', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', 'reset'],
  ['is cut off between two chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', 'end'],
  ['is cut off within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc', 'end'],
  [
    'is cut off before the end of its trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: 1\r\n',
    'end',
  ],
  ['lasts until a close that is a reset', 'HTTP/1.1 200 OK\r\n\r\nabc', 'reset'],
  ['has a bad chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX', 'end'],
] as const) {
  for (const version of ['1.1', '1.0']) {
    proxyTest(`an HTTP/${version} client notices that an answer ${name}`, async (world) => {
      const { proxy, server } = await world.proxyTo(async (peer) => {
        await readHead(peer);
        peer.send(answer);
      });
      const client = await world.send(proxy, `GET /cut HTTP/${version}\r\nHost: a\r\n\r\n`);
      await readHead(client);
      await client.takeThrough('abc').catch(() => {}); // A reset may come before it.
      server.peers[0]![how]();
      assert.equal(await client.ended(), 'reset');
      proxy.expectLine({ path: '/cut', status: 200, reason: /^server-/ });
    });
  }
}

for (const [name, answer] of [
  ['nothing', ''],
  ['a FIN in the head', 'HTTP/1.1 200 OK\r\nContent-Le'],
  ['HTTP/0.9', '<html>hello</html>'],
  ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
  ['status 99', 'HTTP/1.1 099 X\r\n\r\n'],
  ['status 600', 'HTTP/1.1 600 X\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['the same length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na'],
  ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['an unknown coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['obs-fold', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n'],
  ['bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['a space before a colon', 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n'],
  ['NUL in a value', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n'],
  ['an empty name', 'HTTP/1.1 200 OK\r\n: b\r\nContent-Length: 0\r\n\r\n'],
  ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`],
  ['a head of endless fields', `HTTP/1.1 200 OK\r\n${'X: x\r\n'.repeat(10_000)}`],
  [
    'a 101 that nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  ],
] as const) {
  proxyTest(`a server that answers ${name} gives 502, and its connection ends`, async (world) => {
    const { proxy, server } = await world.proxyTo(async (peer) => {
      await readRequest(peer);
      peer.send(answer);
      if (answer === '' || answer.endsWith('Le') || answer.startsWith('<')) peer.end();
    });
    const client = await world.send(proxy, get('/junk'));
    const got = await readAnswer(client);
    assert.equal(statusOf(got), 502);
    assert.equal(valueOf(got, 'connection'), undefined);
    await until('an end', () => server.open === 0);
    proxy.expectLine({ path: '/junk', status: 502, reason: /^server-(junk|closed|upgrade-failed)$/ });
  });
}

proxyTest('a lenient pool takes bare LF, and the client gets CRLF', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => 'HTTP/1.1 200 OK\nContent-Length: 2\nX: 1\n\nok'),
    { pool: { lenient: true } },
  );
  const client = await world.send(proxy, get('/'));
  const answer = await readAnswer(client);
  assert.equal(textOf(answer), 'ok');
  assert.equal(valueOf(answer, 'x'), '1');
});
