import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { askHttp } from '../harness/ask.ts';
import { echo, http2Server } from '../harness/http2-server.ts';
import { readAnswer, readRequest, statusOf, textOf } from '../harness/message.ts';
import { needing } from '../harness/peers/needing.ts';
import type { RawPeer } from '../harness/raw-peer.ts';
import { ok } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { identities, secureProxy, shown } from '../harness/server-tls.ts';
import { tlsServer } from '../harness/tls-server.ts';
import { webSocketClient } from '../harness/web-sockets.ts';

const { proxyTest } = needing('openssl');

const own = identities();
const known = { protocol: { version: 'http2' } } as const;

/** Answers each request of HTTP/1 so. */
function saying(text: string): (peer: RawPeer) => Promise<void> {
  return async (peer) => {
    for (;;) {
      await readRequest(peer);
      peer.send(ok(text));
    }
  };
}

proxyTest('over TLS the server chooses: HTTP/2 where it can, HTTP/1 where it cannot or says nothing', async (world) => {
  const modern = await http2Server(world, echo, { secure: { ...shown(own.good), allowHTTP1: true } });
  const old = await tlsServer(world, { ...shown(own.good), ALPNProtocols: ['http/1.1'] }, saying('old'));
  const silent = await tlsServer(world, shown(own.good), saying('silent'));
  const pool = { secure: true, tls: own.trusting() };
  const proxy = await world.proxy({
    pool,
    pools: { modern: { servers: [modern.place] }, old: { servers: [old.place] }, silent: { servers: [silent.place] } },
    routes: ['modern', 'old', 'silent'].map((name) => ({ path: `/${name}/`, pool: name })),
  });
  const headers = { Host: 'a.test' };
  for (let i = 0; i < 2; i++) {
    const all = await Promise.all(
      Array.from({ length: 10 }, () => askHttp(proxy.port(), { path: '/modern/x', headers })),
    );
    for (const answer of all) assert.equal(answer.headers['x-asked'], 'GET https a.test /modern/x');
    for (const name of ['old', 'silent']) {
      const answers = await Promise.all([1, 2, 3].map(() => askHttp(proxy.port(), { path: `/${name}/x` })));
      assert.deepEqual(
        answers.map(({ body }) => body.toString()),
        [name, name, name],
      );
    }
  }
  assert.equal(modern.sessions.length, 1);
});

proxyTest(
  'a pool for HTTP/2 alone takes no server that does not choose it, and one for HTTP/1 offers nothing else',
  async (world) => {
    const old = await tlsServer(world, { ...shown(own.good), ALPNProtocols: ['http/1.1'] }, saying('old'));
    const silent = await tlsServer(world, shown(own.good), saying('silent'));
    for (const server of [old, silent]) {
      const proxy = await secureProxy(world, [server.place], own.trusting(), known);
      assert.equal((await askHttp(proxy.port())).status, 502);
      proxy.expectLine({ path: '/', reason: 'server-tls-failed' });
      assert.match(proxy.messages.join('\n'), /HTTP\/2|speaks none of h2/);
    }
    const both = await http2Server(world, echo, { secure: { ...shown(own.good), allowHTTP1: true } });
    both.onHttp1 = (_, response) => response.end('by HTTP/1');
    const proxy = await secureProxy(world, [both.place], own.trusting(), { protocol: { version: 'http1' } });
    assert.equal((await askHttp(proxy.port())).body.toString(), 'by HTTP/1');
    assert.equal(both.sessions.length, 0);
  },
);

proxyTest('a request that the server wants by HTTP/1 is sent so, and the others go on by HTTP/2', async (world) => {
  const server = await http2Server(
    world,
    (stream, head) => (head[':path'] === '/old' ? stream.close(13) : echo(stream, head)),
    { secure: { ...shown(own.good), allowHTTP1: true } },
  );
  server.onHttp1 = (request, response) => request.pipe(response);
  const proxy = await secureProxy(world, [server.place], own.trusting());
  const answer = await askHttp(proxy.port(), { path: '/old', method: 'POST' }, 'words');
  assert.deepEqual([answer.status, answer.body.toString()], [200, 'words']);
  assert.equal((await askHttp(proxy.port(), { path: '/new' })).headers['x-asked']?.slice(0, 9), 'GET https');
  assert.equal(server.sessions.length, 1);
  proxy.expectLine({ path: '/old', status: 200, retries: 1 });
});

proxyTest(
  "credentials that belong to a connection go over one of HTTP/1, which is the client's alone",
  async (world) => {
    const server = await http2Server(world, echo, { secure: { ...shown(own.good), allowHTTP1: true } });
    server.onHttp1 = (_, response) => response.end('by HTTP/1');
    const proxy = await secureProxy(world, [server.place], own.trusting());
    const ann = await world.send(proxy, get('/', 'Authorization: NTLM abc\r\n'));
    assert.equal(textOf(await readAnswer(ann)), 'by HTTP/1');
    ann.send(get('/'));
    assert.equal(textOf(await readAnswer(ann)), 'by HTTP/1');
    assert.equal(server.sessions.length, 0);
    const plain = await http2Server(world, echo);
    const only = await world.proxy({ servers: [plain.place], pool: known });
    const bob = await world.send(only, get('/', 'Authorization: NTLM abc\r\n'));
    assert.equal(statusOf(await readAnswer(bob)), 502);
  },
);

proxyTest('where the server chooses HTTP/2 and takes no tunnels, a WebSocket goes by HTTP/1', async (world) => {
  const server = await http2Server(world, echo, { secure: { ...shown(own.good), allowHTTP1: true } });
  server.onUpgrade = (request, socket) => {
    const accept = createHash('sha1').update(
      `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
    );
    const head =
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ';
    socket.write(`${head}${accept.digest('base64')}\r\n\r\n`);
  };
  const proxy = await secureProxy(world, [server.place], own.trusting());
  assert.equal((await askHttp(proxy.port())).status, 200);
  const client = await webSocketClient(world, proxy);
  assert.equal(client.readyState, 1);
  assert.equal(server.sessions.length, 1);
  client.terminate();
});
