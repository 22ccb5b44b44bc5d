import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

import type { WebSocket } from 'ws';

import { readAnswer, readHead, readRequest, statusOf, textOf, valueOf } from '../harness/message.ts';
import { asTimePasses } from '../harness/h2.ts';
import type { World } from '../harness/proxy-test.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { echo, ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { turns, until } from '../harness/until.ts';
import { switching, tunnel, upgrade } from '../harness/upgrades.ts';
import { webSocketClient, webSocketServer } from '../harness/web-sockets.ts';

/** A server of the `ws` package, and a client connected to it through a proxy. */
async function webSockets(world: World, onSocket: (socket: WebSocket) => void): Promise<WebSocket> {
  const { place } = await webSocketServer(world, onSocket);
  return await webSocketClient(world, await world.proxy({ servers: [place] }), { path: '/chat?x=1' });
}

proxyTest('WebSocket: messages of every size come back as they went, also 1 MB', async (world) => {
  const client = await webSockets(world, (socket) =>
    socket.on('message', (data, binary) => socket.send(data, { binary })),
  );
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
    const bytes = randomBytes(size);
    client.send(bytes);
    const [back] = (await once(client, 'message')) as [Buffer];
    assert.ok(back.equals(bytes), `${size} bytes`);
  }
  client.close();
  await once(client, 'close');
});

proxyTest('WebSocket: close codes and reasons go both ways', async (world) => {
  let seen: [number, string] | undefined;
  const first = await webSockets(world, (socket) =>
    socket.on('close', (code, reason) => (seen = [code, reason.toString()])),
  );
  first.close(4001, 'from the client');
  const [code] = (await once(first, 'close')) as [number];
  await until('the close at the server', () => seen !== undefined);
  assert.equal(code, 4001);
  assert.deepEqual(seen, [4001, 'from the client']);
  const second = await webSockets(world, (socket) => socket.close(4002, 'from the server'));
  const [code2, reason2] = (await once(second, 'close')) as [number, Buffer];
  assert.deepEqual([code2, reason2.toString()], [4002, 'from the server']);
});

proxyTest('the server sees the token and Connection of an upgrade, and no body', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(echo));
  const client = await world.send(proxy, upgrade('WebSocket'));
  assert.match(textOf(await readAnswer(client)), /\nConnection: Upgrade\nUpgrade: websocket\n/);
  assert.equal(valueOf(server.requests[0]!, 'content-length'), undefined);
  client.send(get('/next'));
  assert.match(textOf(await readAnswer(client)), /^GET \/next /);
  assert.equal(server.peers.length, 1);
});

proxyTest('what the client sends behind an upgrade waits for the 101, and then comes in order', async (world) => {
  const { proxy } = await world.proxyTo(async (peer) => {
    await readHead(peer);
    await turns(20);
    assert.equal(peer.queue.length, 0, 'bytes came before the 101');
    peer.send(`${switching}early`);
    assert.equal((await peer.takeBytes(10)).toString(), 'onetwothre');
    peer.send('done');
  });
  const client = await world.send(proxy, `${upgrade()}one`);
  client.send('two');
  await turns(5);
  client.send('thre');
  assert.equal(statusOf(await readHead(client)), 101);
  assert.equal((await client.takeBytes(9)).toString(), 'earlydone');
});

proxyTest('a client that sends much behind its upgrade is held back, and nothing is lost', async (world) => {
  const bytes = randomBytes(6_000_000);
  const { proxy } = await world.proxyTo(async (peer) => {
    await readHead(peer);
    await turns(50);
    peer.send(switching);
    assert.ok((await peer.takeBytes(bytes.length)).equals(bytes));
    peer.send('same');
  });
  const client = await world.send(proxy, upgrade());
  await client.pour(bytes);
  assert.equal(statusOf(await readHead(client)), 101);
  assert.equal((await client.takeBytes(4)).toString(), 'same');
});

proxyTest('a tunnel that the client half-closes still brings what the server sends', async (world) => {
  const { client, server } = await tunnel(world);
  client.end('last words');
  assert.equal((await server.takeRest()).toString(), 'last words');
  assert.equal(server.ending, 'fin');
  await turns(10);
  assert.equal(client.ending, 'open');
  server.end('and the answer');
  assert.equal((await client.takeRest()).toString(), 'and the answer');
  assert.equal(client.ending, 'fin');
});

proxyTest('a tunnel that the server half-closes still brings what the client sends', async (world) => {
  const { client, server } = await tunnel(world);
  server.end('last words');
  assert.equal((await client.takeRest()).toString(), 'last words');
  assert.equal(client.ending, 'fin');
  await turns(10);
  assert.equal(server.ending, 'open');
  client.end('and the answer');
  assert.equal((await server.takeRest()).toString(), 'and the answer');
});

proxyTest('a half-closed tunnel whose other side resets ends at once', async (world) => {
  for (const [half, whole] of [
    ['client', 'server'],
    ['server', 'client'],
  ] as const) {
    const sides = await tunnel(world);
    sides[half].end();
    await sides[whole].ended();
    sides[whole].reset();
    await until('an end', () => sides.proxy.status.connections === 0 && sides.proxy.serverConnections.open === 0);
  }
});

proxyTest('a FIN behind the upgrade request, before the 101, half-closes the tunnel', async (world) => {
  const { proxy, server } = await world.proxyTo(async (peer) => {
    await readHead(peer);
    await turns(10);
    peer.send(switching);
    peer.end(`got ${(await peer.takeRest()).toString()}`);
  });
  const client = await world.client(proxy);
  client.end(`${upgrade()}bytes`);
  assert.equal(statusOf(await readHead(client)), 101);
  assert.equal((await client.takeRest()).toString(), 'got bytes');
  assert.equal(server.peers.length, 1);
});

proxyTest('a tunnel over which nothing goes is closed after its idle time; one that is used is not', async (world) => {
  const { client, server, proxy } = await tunnel(world, { tunnelIdleMs: 10_000 });
  for (let i = 0; i < 8; i++) {
    const [from, to] = i % 2 === 0 ? [client, server] : [server, client];
    from.send('x');
    await to.takeBytes(1);
    proxy.turnClock(5000);
    await new Promise((resolve) => void setTimeout(resolve, 120)); // The proxy looks at what is due.
  }
  assert.equal(client.ending, 'open');
  await asTimePasses(proxy, 'its end', () => client.ending !== 'open');
  await Promise.all([client.ended(), server.ended()]);
  proxy.expectLine({ path: '/', status: 101, reason: 'tunnel-timeout', bytesIn: 4, bytesOut: 4 });
});

proxyTest('an upgrade that a server does not answer gets 504', async (world) => {
  const { proxy } = await world.proxyTo(() => {}, { pool: { timeouts: { firstByteMs: 200 } } });
  const client = await world.send(proxy, `${upgrade()}abc`);
  assert.equal(statusOf(await readAnswer(client)), 504);
});

proxyTest('the limits of heads, bodies and keep-alive do not end a tunnel', async (world) => {
  const ms = 5000;
  const { client, server, proxy } = await tunnel(world, { headMs: ms, bodyIdleMs: ms, keepAliveMs: ms, writeMs: ms });
  for (let i = 0; i < 2; i++) {
    proxy.turnClock(4 * ms);
    await new Promise((resolve) => void setTimeout(resolve, 250)); // The proxy looks at what is due.
  }
  client.send('x');
  await server.takeBytes(1);
});

proxyTest('a token that the route does not allow is taken off, the request goes on as HTTP', async (world) => {
  const { proxy } = await world.proxyTo(serve(echo), {
    routes: [{ path: '/none', upgrade: [] }, { path: '/mine', upgrade: ['mine'] }, {}],
  });
  for (const [token, path] of [
    ['websocket', '/none'],
    ['websocket', '/mine'],
    ['mine', '/other'],
    ['h2c', '/other'],
    ['TLS/1.0', '/other'],
  ] as const) {
    const client = await world.send(
      proxy,
      upgrade(token, path).replace('Upgrade:', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nUpgrade:') + get('/other'),
    );
    assert.doesNotMatch(textOf(await readAnswer(client)), /upgrade|h2c|settings/i, token);
    assert.match(textOf(await readAnswer(client)), /^GET \/other /);
  }
  const client = await world.send(proxy, upgrade('mine', '/mine'));
  assert.match(textOf(await readAnswer(client)), /\nUpgrade: mine\n/);
});

proxyTest('of a list with h2c the token that is allowed is chosen', async (world) => {
  const { proxy } = await world.proxyTo(serve(echo));
  const client = await world.send(proxy, upgrade('h2c, websocket'));
  assert.match(textOf(await readAnswer(client)), /\nUpgrade: websocket\n/);
});

proxyTest('an upgrade of HTTP/1.0, with a body, or without Connection is no upgrade', async (world) => {
  const { proxy } = await world.proxyTo(serve(echo));
  for (const request of [
    upgrade().replace('1.1', '1.0'),
    get('/', 'Upgrade: websocket\r\n'),
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc',
  ]) {
    const client = await world.send(proxy, request);
    assert.doesNotMatch(textOf(await readAnswer(client)), /upgrade/i);
    client.reset();
  }
});

proxyTest('a 101 to HTTP/1.0 or to a request without upgrade goes to nobody', async (world) => {
  const { proxy } = await world.proxyTo(serve(() => switching));
  for (const request of [get('/'), upgrade().replace('1.1', '1.0')]) {
    const client = await world.send(proxy, request);
    assert.equal(statusOf(await readAnswer(client)), 502);
    client.reset();
  }
});

proxyTest('an upgrade on an idle server connection that has just died is sent again', async (world) => {
  const { proxy, server } = await world.proxyTo(async (peer) => {
    const { start } = await readRequest(peer);
    if (start.includes('/first')) {
      peer.send(ok());
      await readRequest(peer);
      return peer.reset();
    }
    peer.send(`${switching}hi`);
    peer.send((await peer.takeBytes(3)).toString());
  });
  const first = await world.send(proxy, get('/first'));
  await readAnswer(first);
  const client = await world.send(proxy, `${upgrade()}abc`);
  assert.equal(statusOf(await readHead(client)), 101);
  assert.equal((await client.takeBytes(5)).toString(), 'hiabc');
  assert.equal(server.peers.length, 2);
});
