import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';

import { readAnswer, readHead, readRequest, statusOf, textOf, valueOf } from '../harness/message.ts';
import { freePort } from '../harness/free-port.ts';
import { loopback, type Place } from '../harness/plan-of.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import type { RawPeer } from '../harness/raw-peer.ts';
import { echo, ok, serve } from '../harness/raw-server.ts';
import { chunk, chunkedHead, get } from '../harness/requests.ts';
import { arrived } from '../harness/socket-queues.ts';
import { turns, until } from '../harness/until.ts';

/** Nobody else listens there once it is closed. */
async function ownAddress(): Promise<Place & { readonly kind: 'tcp' }> {
  return { kind: 'tcp', host: '127.0.0.1', port: await freePort() };
}

/** Answers each request when it is told to. */
function held(): { script: (peer: RawPeer) => Promise<void>; waiting: (() => void)[] } {
  const waiting: (() => void)[] = [];
  const script = async (peer: RawPeer): Promise<void> => {
    for (;;) {
      await readRequest(peer);
      await new Promise<void>((resolve) => void waiting.push(resolve));
      peer.send(ok('held'));
    }
  };
  return { script, waiting };
}

proxyTest(
  'drain: what is in flight ends with Connection: close, idle connections are closed, and new ones refused',
  async (world) => {
    const { script, waiting } = held();
    const { proxy } = await world.proxyTo(script, { listeners: { main: await ownAddress() } });
    const port = proxy.port();
    const idle = await world.client(proxy);
    idle.send(get('/nothing').replace('/nothing', '/'));
    await until('the first request', () => waiting.length === 1);
    waiting[0]!();
    await readAnswer(idle);
    const busy = await world.send(proxy, get('/busy') + get('/behind'));
    await until('the second request', () => waiting.length === 2);
    const fresh = await world.client(proxy);
    await until('all of them', () => proxy.status.connections === 3);
    const drained = proxy.plane.drain(30_000);
    assert.equal(await idle.ended(), 'fin');
    assert.equal(await fresh.ended(), 'fin');
    await assert.rejects(
      new Promise((resolve, reject) => void net.connect(port, '127.0.0.1').on('connect', resolve).on('error', reject)),
      /ECONNREFUSED/,
    );
    for (const client of [idle, fresh]) client.end();
    waiting[1]!();
    const answer = await readAnswer(busy);
    assert.equal(textOf(answer), 'held');
    assert.equal(valueOf(answer, 'connection'), 'close');
    assert.equal(await busy.ended(), 'fin');
    busy.end();
    await drained;
    assert.equal(waiting.length, 2);
  },
);

proxyTest('drain: a request whose head was on its way is still served', async (world) => {
  const { proxy } = await world.proxyTo(serve(() => ok()));
  const client = await world.send(proxy, 'GET / HTTP/1.1\r\nHo');
  await until('the connection', () => proxy.status.connections === 1);
  await arrived(client.socket);
  await turns(5);
  const drained = proxy.plane.drain(30_000);
  client.send('st: a\r\n\r\n');
  const answer = await readAnswer(client);
  assert.equal(statusOf(answer), 200);
  assert.equal(valueOf(answer, 'connection'), 'close');
  client.end();
  await drained;
});

proxyTest('drain: what does not end in the grace period is cut off', async (world) => {
  const { proxy, server } = await world.proxyTo(async (peer) => {
    const { start } = await readHead(peer);
    if (start.includes('ws')) peer.send('HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  const busy = await world.send(proxy, get('/busy'));
  const upload = await world.send(proxy, chunkedHead('/up') + chunk('abc'));
  const tunnel = await world.send(proxy, get('/ws', 'Connection: upgrade\r\nUpgrade: websocket\r\n'));
  await readHead(tunnel);
  await until('all of them', () => server.peers.length === 3);
  await proxy.plane.drain(100);
  for (const client of [busy, upload, tunnel]) await client.ended();
  assert.equal(proxy.status.connections, 0);
  assert.equal((await proxy.log.count(3)).length, 3);
});

proxyTest('stop: everything ends at once, and each exchange has its line', async (world) => {
  const { proxy, server } = await world.proxyTo(() => {});
  const clients = [await world.send(proxy, get('/1')), await world.send(proxy, chunkedHead('/2') + chunk('x'))];
  await until('both requests', () => server.peers.length === 2);
  await proxy.plane.stop();
  for (const client of clients) await client.ended();
  for (const peer of server.peers) await peer.ended();
  for (const line of ['/1', '/2']) proxy.expectLine({ path: line, status: 499 });
});

proxyTest('a new plan keeps listeners and connections, and requests in flight end as they began', async (world) => {
  const { script, waiting } = held();
  const [before, after] = [await world.server(script), await world.server(serve(() => ok('after')))];
  const proxy = await world.proxy({ servers: [before] });
  const port = proxy.port();
  const client = await world.send(proxy, get('/1') + get('/2'));
  await until('the request', () => waiting.length === 1);
  await proxy.apply({ servers: [after] });
  assert.equal(proxy.port(), port);
  waiting[0]!();
  assert.equal(textOf(await readAnswer(client)), 'held');
  assert.equal(textOf(await readAnswer(client)), 'after');
  await until('an end of the old connections', () => before.open === 0);
  assert.equal(before.peers.length, 1);
});

proxyTest('an equal plan keeps the idle connections to the servers and the counters', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => ok()));
  const client = await world.send(proxy, get('/'));
  await readAnswer(client);
  await proxy.apply({ servers: [server] });
  client.send(get('/'));
  await readAnswer(client);
  assert.equal(server.peers.length, 1);
  assert.equal(proxy.status.pools[0]!.servers[0]!.exchangesTotal, 2);
});

proxyTest('a plan with a listener that cannot be opened changes nothing', async (world) => {
  const [one, two] = [await world.server(serve(() => ok('one'))), await world.server(serve(() => ok('two')))];
  const proxy = await world.proxy({ servers: [one] });
  const taken = one.place as { port: number };
  const client = await world.send(proxy, get('/'));
  await readAnswer(client);
  const listeners = {
    main: loopback,
    free: loopback,
    bad: { kind: 'tcp', host: '127.0.0.1', port: taken.port },
  } as const;
  await assert.rejects(proxy.apply({ servers: [two], listeners }), /^ProxyError: Cannot listen on 127\.0\.0\.1:\d+/);
  client.send(get('/'));
  assert.equal(textOf(await readAnswer(client)), 'one');
  assert.deepEqual(
    proxy.status.listeners.map(({ name }) => name),
    ['main'],
  );
  assert.equal(one.peers.length, 1);
});

proxyTest('a listener that is gone from the plan takes nobody in, and its idle connections end', async (world) => {
  const { script, waiting } = held();
  const server = await world.server(script);
  const proxy = await world.proxy({ servers: [server], listeners: { main: loopback, old: await ownAddress() } });
  const port = proxy.port('old');
  const [idle, busy] = [await world.client(port), await world.client(port)];
  idle.send(get('/idle'));
  await until('the first', () => waiting.length === 1);
  waiting[0]!();
  await readAnswer(idle);
  busy.send(get('/busy'));
  await until('the second', () => waiting.length === 2);
  await proxy.apply({ servers: [server] });
  await assert.rejects(
    world.client(port).then((client) => client.takeBytes(1)),
    /connection ended/,
  );
  assert.equal(await idle.ended(), 'fin');
  waiting[1]!();
  assert.equal(valueOf(await readAnswer(busy), 'connection'), 'close');
});

proxyTest('a listener may get another name for the same address by a reload', async (world) => {
  const server = await world.server(serve(() => ok()));
  const fixed = await ownAddress();
  const { port } = fixed;
  const proxy = await world.proxy({ servers: [server], listeners: { old: fixed } });
  await proxy.plane.stop();
  const second = await world.proxy({ servers: [server], listeners: { old: fixed } });
  await second.apply({ servers: [server], listeners: { new: fixed } });
  const client = await world.send(port, get('/'));
  assert.equal(statusOf(await readAnswer(client)), 200);
});

proxyTest('new limits of a listener hold for the next request of an open connection', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => ok()));
  const client = await world.send(proxy, get('/'));
  await readAnswer(client);
  await proxy.apply({ servers: [server], timeouts: { keepAliveMs: 100 } });
  client.send(get('/'));
  await readAnswer(client);
  assert.equal(await client.ended(), 'fin');
});

proxyTest('the limit of connections is a limit: more are reset, and one that leaves makes room', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => ok()),
    { connections: { total: 2 } },
  );
  const [first, second] = [await world.send(proxy, get('/')), await world.send(proxy, get('/'))];
  await Promise.all([readAnswer(first), readAnswer(second)]);
  const third = await world.client(proxy);
  assert.equal(await third.ended(), 'reset');
  assert.equal(proxy.status.connectionsRefused, 1);
  first.reset();
  await until('room', () => proxy.status.connections === 1);
  const fourth = await world.send(proxy, get('/'));
  assert.equal(statusOf(await readAnswer(fourth)), 200);
});

proxyTest('the limit of connections a client does not touch other clients', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => ok()),
    { connections: { perClient: 1 } },
  );
  const first = await world.send(proxy, get('/'));
  await readAnswer(first);
  assert.equal(await (await world.client(proxy)).ended(), 'reset');
  const other = await world.client(proxy, { localAddress: '127.0.0.5' });
  other.send(get('/'));
  assert.equal(statusOf(await readAnswer(other)), 200);
});

proxyTest('unix sockets on both sides', async (world) => {
  const folder = await world.folder();
  const [front, back] = [path.join(folder, 'front.sock'), path.join(folder, 'back.sock')];
  const server = await world.server(serve(echo), back);
  const proxy = await world.proxy({
    servers: [server],
    listeners: { main: { kind: 'unix', path: front, mode: 0o600 } },
  });
  assert.equal((await stat(front)).mode & 0o777, 0o600);
  assert.equal(proxy.status.listeners[0]!.address, `unix:${front}`);
  const client = await world.client(front);
  for (let i = 0; i < 3; i++) {
    client.send(get('/'));
    const text = textOf(await readAnswer(client));
    assert.doesNotMatch(text, /X-Forwarded-For|X-Real-IP/);
  }
  assert.equal(server.peers.length, 1);
  proxy.expectLine({ path: '/', client: 'unix' });
  client.end();
  await client.ended();
  await proxy.plane.stop();
  await assert.rejects(stat(front), /ENOENT/);
});

proxyTest('a unix socket that is not there is a server that refuses', async (world) => {
  const proxy = await world.proxy({ servers: [{ kind: 'unix', path: path.join(await world.folder(), 'none.sock') }] });
  const client = await world.send(proxy, get('/'));
  assert.match(textOf(await readAnswer(client)), /server-refused/);
});

proxyTest('a client of a unix socket that aborts an upload leaves nothing behind', async (world) => {
  const front = path.join(await world.folder(), 'front.sock');
  const server = await world.server(() => {});
  await world.proxy({ servers: [server], listeners: { main: { kind: 'unix', path: front, mode: 0o600 } } });
  for (let i = 0; i < 20; i++) {
    const client = await world.client(front);
    client.send(chunkedHead('/') + chunk('abc'));
    await until('the request', () => server.peers.length === i + 1);
    client.destroy();
  }
  await until('an end', () => server.open === 0);
});

proxyTest('two proxies in one process share nothing', async (world) => {
  const server = await world.server(serve(() => ok()));
  const [one, two] = [await world.proxy({ servers: [server] }), await world.proxy({ servers: [server] })];
  for (const proxy of [one, two]) await readAnswer(await world.send(proxy, get('/')));
  await one.plane.stop();
  assert.equal(statusOf(await readAnswer(await world.send(two, get('/')))), 200);
  assert.equal(two.status.exchangesTotal, 2);
});

for (const later of [0, 5]) {
  proxyTest(`a stop ${later} turns after the begin of a drain ends both`, async (world) => {
    const { script, waiting } = held();
    const { proxy } = await world.proxyTo(script);
    const busy = await world.send(proxy, get('/'));
    await until('the request', () => waiting.length === 1);
    const drained = proxy.plane.drain(60_000);
    await turns(later);
    await proxy.plane.stop();
    await drained;
    assert.notEqual(await busy.ended(), 'open');
  });
}
