/** Hostile TLS clients in numbers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';

import { tlsPlan } from '../harness/certificates.ts';
import { readAnswer, statusOf } from '../harness/message.ts';
import { needing } from '../harness/peers/needing.ts';
import type { RawPeer } from '../harness/raw-peer.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { sClient, tlsPeer } from '../harness/tls-clients.ts';
import { tlsProxy, tlsSite } from '../harness/tls-site.ts';
import { until } from '../harness/until.ts';

const { proxyTest } = needing('openssl');

const site = tlsSite();

/** The first bytes of a client that begins a handshake. */
async function clientHello(): Promise<Buffer> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  const client = tls.connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername: 'a.test' });
  client.on('error', () => {}); // It gets no answer.
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

proxyTest('10,000 requests over TLS of a client that reads nothing cost a bounded number of answers', async (world) => {
  const body = 'x'.repeat(32_768);
  const { proxy, server } = await world.proxyTo(
    serve(() => ok(body)),
    { tls: tlsPlan([site.a]), timeouts: { writeMs: 700 } },
  );
  const client = await tlsPeer(world, proxy.port());
  client.stall();
  client.send(get('/much').repeat(10_000));
  await until('the end of the connection', () => proxy.status.connections === 0);
  assert.ok(server.requests.length * body.length < 32 * 1_048_576, `${server.requests.length} requests`);
  await until('its line', () => proxy.log.read().some(({ reason }) => reason === 'write-timeout'));
});

proxyTest(
  'handshakes at a byte now and then, and hellos that nothing follows, end in time while others are served',
  async (world) => {
    const hello = await clientHello();
    const proxy = await tlsProxy(world, site, { tls: tlsPlan([site.a], { handshakeMs: 1500 }) });
    const other = await tlsPeer(world, proxy.port());
    const crowd: RawPeer[] = [];
    for (let i = 0; i < 150; i++) crowd.push(await world.client(proxy));
    for (const client of crowd.slice(0, 75)) client.send(hello);
    let sent = 0;
    const timer = setInterval(() => {
      for (const client of crowd.slice(75)) client.send(hello.subarray(sent, sent + 1));
      sent += 1;
    }, 100);
    world.after(() => clearInterval(timer));
    while (proxy.status.connections > 1) {
      other.send(get('/others'));
      assert.equal(statusOf(await readAnswer(other)), 200);
    }
    const versions = [{ version: 'TLSv1.3', full: 1, resumed: 0 }];
    assert.deepEqual(proxy.status.handshakes, { done: 1, resumed: 0, failed: crowd.length, versions });
    await until('a message', () => proxy.messages.some((message) => message.includes('the handshake took too long')));
  },
);

proxyTest('a client that asks for renegotiation gets none, and others are served', async (world) => {
  const proxy = await tlsProxy(world, site);
  const asked = await sClient(proxy.port(), ['-tls1_2'], 'R\n'.repeat(20));
  assert.match(asked.output, /no renegotiation|RENEGOTIATING/i);
  const after = await tlsPeer(world, proxy.port());
  after.send(get('/after'));
  assert.equal(statusOf(await readAnswer(after)), 200);
  assert.equal(proxy.status.handshakes?.done, 2);
});
