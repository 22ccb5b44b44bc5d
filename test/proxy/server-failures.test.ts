import assert from 'node:assert/strict';

import { readAnswer, readAnswers, readHead, readRequest, statusOf, textOf, valueOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import type { World } from '../harness/proxy-test.ts';
import type { Place } from '../harness/plan-of.ts';
import { ok, serve, type Script } from '../harness/raw-server.ts';
import { get, post } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

/** Servers that cannot be connected to are passed over; that is all. */
const passOver = { retries: { attempts: 0 } };

/** A place where nobody listens. */
async function nobody(world: World): Promise<Place> {
  const server = await world.server(() => {});
  await server.stop();
  return server.place;
}

proxyTest('a server that refuses the connection is passed over, whatever the method', async (world) => {
  const server = await world.server(serve(({ body }) => ok(body.toString() || 'none')));
  const proxy = await world.proxy({ servers: [await nobody(world), server, await nobody(world)] });
  for (let i = 0; i < 6; i++) {
    const client = await world.send(proxy, post('/p', 'abc') + get('/g'));
    const answers = await readAnswers(client, 2);
    assert.deepEqual(answers.map(textOf), ['abc', 'none']);
  }
  const line = await proxy.log.line('a retry', ({ retries }) => retries > 0);
  assert.deepEqual([line.status, line.server, line.reason], [200, 'main-1', undefined]);
  assert.ok(proxy.status.pools[0]!.servers[0]!.failuresTotal > 0);
});

proxyTest('where all servers are down the answer is 502 with the reason', async (world) => {
  const proxy = await world.proxy({ servers: [await nobody(world), await nobody(world)], pool: passOver });
  const client = await world.send(proxy, get('/down') + get('/down'));
  for (const answer of await readAnswers(client, 2)) {
    assert.equal(statusOf(answer), 502);
    assert.equal(valueOf(answer, 'content-type'), 'application/json');
    const body = JSON.parse(textOf(answer)) as { error: string; id: string };
    assert.equal(body.error, 'server-refused');
    await proxy.log.line('that id', ({ id, reason }) => id === body.id && reason === 'server-refused');
    assert.doesNotMatch(textOf(answer), /127\.0\.0\.1/);
  }
  assert.equal((await proxy.log.ofPath('/down')).retries, 1);
});

proxyTest('a pool without servers gives 503', async (world) => {
  const proxy = await world.proxy({ servers: [] });
  const client = await world.send(proxy, get('/'));
  const answer = await readAnswer(client);
  assert.equal(statusOf(answer), 503);
  assert.match(textOf(answer), /no-server/);
});

proxyTest('a name without an address is a dns-failure, until it has one', async (world) => {
  const server = await world.server(serve(() => ok()));
  const { port } = server.place as { port: number };
  const proxy = await world.proxy({ servers: [{ kind: 'tcp', host: 'server.test', port }] });
  const client = await world.send(proxy, get('/dns'));
  assert.equal(statusOf(await readAnswer(client)), 503);
  proxy.expectLine({ path: '/dns', reason: 'dns-failure' });
  proxy.plane.setNames([{ name: 'server.test', addresses: ['127.0.0.1'] }]);
  client.send(get('/'));
  assert.equal(statusOf(await readAnswer(client)), 200);
  assert.equal(valueOf(server.requests[0]!, 'host'), 'a.test');
});

proxyTest('of the addresses of a name those that refuse are passed over', async (world) => {
  const server = await world.server(serve(() => ok()));
  const { port } = server.place as { port: number };
  const proxy = await world.proxy({ servers: [{ kind: 'tcp', host: 'server.test', port }] });
  proxy.plane.setNames([{ name: 'server.test', addresses: ['127.0.0.2', '::1', '127.0.0.1'] }]);
  const client = await world.send(proxy, get('/'));
  assert.equal(statusOf(await readAnswer(client)), 200);
});

proxyTest('a connection that cannot be made in time goes on to the next server', async (world) => {
  const server = await world.server(serve(() => ok()));
  // TEST-NET-1: nobody answers there, or the system says at once that there is no way.
  const dead: Place = { kind: 'tcp', host: '192.0.2.1', port: 9 };
  const proxy = await world.proxy({ servers: [dead, server], pool: { timeouts: { connectMs: 1000 } } });
  for (let i = 0; i < 2; i++) {
    const client = await world.send(proxy, get('/'));
    assert.equal(statusOf(await readAnswer(client)), 200);
  }
});

/** Answers the first request of a connection, and ends the connection with the next one in hand. */
const closesAtSecond = async (
  peer: Parameters<Parameters<typeof serve>[0]>[1],
  server: { peers: readonly unknown[] },
): Promise<void> => {
  const first = server.peers.length === 1;
  for (;;) {
    await readRequest(peer);
    peer.send(ok(''));
    if (!first) continue;
    await readHead(peer);
    return peer.reset();
  }
};

for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
  proxyTest(`${method} that dies on a reused connection is sent again over a new one`, async (world) => {
    const { proxy, server } = await world.proxyTo(closesAtSecond);
    const client = await world.client(proxy);
    for (let i = 0; i < 2; i++) {
      client.send(`${method} /${i} HTTP/1.1\r\nHost: a\r\n\r\n`);
      assert.equal(statusOf(await readAnswer(client, method)), 200);
    }
    assert.equal(server.peers.length, 2);
    proxy.expectLine({ path: '/1', retries: 1, status: 200 });
  });
}

for (const [name, request] of [
  ['POST', post('/once', '')],
  ['PUT with a body that is too long to be kept', 'PUT /once HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd'],
  ['PATCH', 'PATCH /once HTTP/1.1\r\nHost: a\r\n\r\n'],
] as const) {
  proxyTest(`${name} that dies on a reused connection is not sent again`, async (world) => {
    const { proxy, server } = await world.proxyTo(closesAtSecond, { pool: { retries: { bodyBytes: 3 } } });
    const client = await world.send(proxy, get('/'));
    await readAnswer(client);
    client.send(request);
    assert.equal(statusOf(await readAnswer(client)), 502);
    proxy.expectLine({ path: '/once', reason: 'server-reset', retries: 0 });
    assert.equal(server.peers.length, 1);
  });
}

proxyTest('without more attempts GET that dies on a new connection is not sent again', async (world) => {
  const dies: Script = async (peer) => {
    await readHead(peer);
    peer.destroy();
  };
  const { proxy, server } = await world.proxyTo(dies, { pool: passOver });
  const client = await world.send(proxy, get('/new'));
  assert.equal(statusOf(await readAnswer(client)), 502);
  proxy.expectLine({ path: '/new', reason: 'server-closed', retries: 0 });
  assert.equal(server.peers.length, 1);
});

proxyTest('without more attempts GET is sent again once only, though the new connection dies too', async (world) => {
  const dies: Script = async (peer, { peers }) => {
    await readRequest(peer);
    if (peers.length === 1) peer.send(ok());
    else return peer.reset();
    await readRequest(peer);
    peer.reset();
  };
  const { proxy, server } = await world.proxyTo(dies, { pool: passOver });
  const client = await world.send(proxy, get('/1'));
  await readAnswer(client);
  client.send(get('/2'));
  assert.equal(statusOf(await readAnswer(client)), 502);
  assert.equal(server.peers.length, 2);
});

for (const [name, beginning] of [
  ['half a head', 'HTTP/1.1 200 OK\r\nContent-'],
  ['a 103', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'],
] as const) {
  proxyTest(`GET on a reused connection is not sent again once ${name} has come`, async (world) => {
    const { proxy, server } = await world.proxyTo(async (peer) => {
      await readRequest(peer);
      peer.send(ok());
      await readRequest(peer);
      peer.end(beginning);
    });
    const client = await world.send(proxy, get('/1'));
    await readAnswer(client);
    client.send(get('/2'));
    let head = await readHead(client);
    if (head.start.includes('103')) head = await readHead(client);
    assert.equal(statusOf(head), 502);
    assert.equal(server.peers.length, 1);
  });
}

proxyTest(
  'a connection that a byte came on while idle is never used again, not even in the same moment',
  async (world) => {
    const { proxy, server } = await world.proxyTo(async (peer) => {
      for (;;) {
        const { body } = await readRequest(peer);
        peer.send(ok(`${body.length}`));
      }
    });
    for (const i of [0, 1, 2, 3, 4]) {
      const client = await world.send(proxy, get('/'));
      await readAnswer(client);
      await until('an idle connection', () => proxy.serverConnections.idle === 1);
      // Both are in the kernel before the proxy looks: first the junk, then the request.
      server.peers[i]!.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
      client.send(post('/', 'abc'));
      assert.equal(textOf(await readAnswer(client)), '3');
      server.peers[i + 1]!.reset();
      await until('no idle connection', () => proxy.serverConnections.open === 0);
      server.peers.length = i + 1;
      client.reset();
    }
  },
);

proxyTest('a POST that comes together with the FIN of the idle connection goes over a new one', async (world) => {
  const { proxy, server } = await world.proxyTo(async (peer) => {
    for (;;) {
      const { body } = await readRequest(peer);
      peer.send(ok(`${body.length}`));
    }
  });
  for (let i = 0; i < 10; i++) {
    const client = await world.send(proxy, get('/'));
    await readAnswer(client);
    await until('an idle connection', () => proxy.serverConnections.idle === 1);
    const idle = server.peers.at(-1)!;
    // The FIN leaves with the end of this turn; the request is written behind it.
    const finished = new Promise((resolve) => void idle.socket.once('finish', resolve));
    idle.end();
    await finished;
    client.send(post('/', 'abc'));
    assert.equal(textOf(await readAnswer(client)), '3');
    client.reset();
    for (const peer of server.peers) peer.reset();
    await until('no connection', () => proxy.serverConnections.open === 0);
  }
});

proxyTest('round robin spreads exactly', async (world) => {
  const servers = await Promise.all([1, 2, 3].map((i) => world.server(serve(() => ok(String(i))))));
  const proxy = await world.proxy({ servers });
  const client = await world.send(proxy, get('/').repeat(30));
  const seen = new Map<string, number>();
  for (const answer of await readAnswers(client, 30)) seen.set(textOf(answer), (seen.get(textOf(answer)) ?? 0) + 1);
  assert.deepEqual([...seen.values()], [10, 10, 10]);
});

proxyTest('servers are connected to from the source address', async (world) => {
  const { proxy, server } = await world.proxyTo(
    serve(() => ok()),
    { pool: { sourceAddress: '127.0.0.9' } },
  );
  const client = await world.send(proxy, get('/'));
  assert.equal(statusOf(await readAnswer(client)), 200);
  assert.equal(server.peers[0]!.socket.remoteAddress, '127.0.0.9');
});
