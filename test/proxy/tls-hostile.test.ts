import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

import { tlsPlan } from '../harness/certificates.ts';
import { readAnswer, statusOf, textOf } from '../harness/message.ts';
import { needing } from '../harness/peers/needing.ts';
import { get } from '../harness/requests.ts';
import { tlsPeer } from '../harness/tls-clients.ts';
import { tlsProxy, tlsSite } from '../harness/tls-site.ts';
import { until } from '../harness/until.ts';

const { proxyTest } = needing('openssl');

const site = tlsSite();

proxyTest('plain HTTP on a TLS port is told in a short answer', async (world) => {
  const proxy = await tlsProxy(world, site);
  const peer = await world.send(proxy, get('/'));
  const answer = await readAnswer(peer);
  assert.equal(statusOf(answer), 400);
  assert.match(textOf(answer), /https/);
  await peer.ended();
  await until('a message', () => proxy.messages.some((message) => message.includes('plain HTTP')));
});

proxyTest('garbage, silence and bytes that trickle all end in time', async (world) => {
  const proxy = await tlsProxy(world, site, { tls: tlsPlan([site.a], { handshakeMs: 300 }) });
  const garbage = await world.send(proxy, Buffer.alloc(5000, 0x99));
  await garbage.ended();
  const silent = await world.client(proxy);
  const trickle = await world.client(proxy);
  trickle.send(Buffer.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01));
  const timer = setInterval(() => trickle.send(Buffer.of(0)), 20);
  world.after(() => clearInterval(timer));
  await Promise.all([silent.ended(), trickle.ended()]);
  await until('an end', () => proxy.status.connections === 0);
  assert.deepEqual(proxy.status.handshakes, { done: 0, resumed: 0, failed: 3, versions: [] });
});

proxyTest('garbage after the handshake ends the connection', async (world) => {
  const proxy = await tlsProxy(world, site);
  const below = net.connect({ host: '127.0.0.1', port: proxy.port() });
  await once(below, 'connect');
  const peer = await tlsPeer(world, proxy.port(), { socket: below });
  peer.send(get('/one'));
  await readAnswer(peer);
  below.write(Buffer.alloc(500, 0x17));
  await until('an end', () => proxy.status.connections === 0);
});

proxyTest('a handshake takes a place of the limit, and 1000 broken ones leave nothing behind', async (world) => {
  const proxy = await tlsProxy(world, site, { connections: { total: 50, perClient: 0 } });
  const halves = await Promise.all(Array.from({ length: 50 }, () => world.client(proxy)));
  await until('50 places', () => proxy.status.connections === 50);
  await assert.rejects(tlsPeer(world, proxy.port()));
  assert.equal(proxy.status.connectionsRefused, 1);
  for (const half of halves) half.reset();
  await until('no connection', () => proxy.status.connections === 0);
  const hello = await clientHello();
  for (let round = 0; round < 50; round++) {
    const peers = await Promise.all(Array.from({ length: 20 }, () => world.client(proxy)));
    await until('all of them', () => proxy.status.connections === 20);
    for (const [i, peer] of peers.entries()) {
      if (i % 5 === 0) peer.send(hello.subarray(0, 100));
      else if (i % 5 === 1) peer.send(hello);
      else if (i % 5 === 2) peer.send(Buffer.from('\x16\x03\x01garbage'.repeat(9)));
      else if (i % 5 === 3) peer.send('GET / HTTP/1.1\r\n\r\n');
      if (i % 2 === 0) peer.reset();
      else peer.end();
    }
    await until('no connection', () => proxy.status.connections === 0);
    for (const peer of peers) peer.destroy();
  }
  assert.equal(proxy.status.listeners[0]!.connections, 0);
  const { done, failed } = proxy.status.handshakes!;
  // Of those that were reset, which is every second one, some were so before they were looked at.
  assert.ok(done === 0 && failed >= 500, `${done} done, ${failed} failed`);
  const told = proxy.messages.filter((message) => message.includes('Cannot speak TLS'));
  assert.ok(told.length < 50, `${told.length} messages`);
});

/** The first bytes of a client that wants to speak TLS. */
async function clientHello(): Promise<Buffer> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = tls.connect({
    host: '127.0.0.1',
    port: (server.address() as net.AddressInfo).port,
    servername: 'a.test',
  });
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  client.destroy();
  server.close();
  return bytes;
}
