import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import type { Pair } from '../h2/raw/frames.ts';
import type { RawH2Client } from '../h2/raw/raw-h2-client.ts';
import { ask, asTimePasses, h2 } from '../harness/h2.ts';
import { readHead, valueOf } from '../harness/message.ts';
import type { PlanSpec } from '../harness/plan-of.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import type { RawServer } from '../harness/raw-server.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { until } from '../harness/until.ts';

/** RFC 8441 section 5.1. */
function connect(path: string, protocol = 'websocket', more: readonly Pair[] = []): Pair[] {
  return [
    [':method', 'CONNECT'],
    [':protocol', protocol],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'a.test'],
    ['sec-websocket-version', '13'],
    ...more,
  ];
}

interface Tunnel {
  readonly client: RawH2Client;
  readonly server: RawServer;
  readonly proxy: ProxyUnderTest;
  readonly head: Record<string, string>;
  readonly seen: { readonly start: string; readonly lines: readonly string[] };
}

/** A tunnel through the proxy, open, on stream 1. */
async function tunnel(world: World, spec: PlanSpec = {}): Promise<Tunnel> {
  let seen: Tunnel['seen'] | undefined;
  const { proxy, server } = await world.proxyTo(async (peer) => {
    seen = await readHead(peer);
    const key = valueOf(seen, 'sec-websocket-key') ?? '';
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    peer.send(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: chat\r\n\r\n`,
    );
  }, spec);
  const client = await h2(world, proxy);
  client.headers(1, connect('/chat', 'websocket', [['sec-websocket-protocol', 'chat']]));
  const head = await client.head(1);
  return { client, server, proxy, head, seen: seen! };
}

proxyTest('a WebSocket over HTTP/2: the server sees an upgrade by HTTP/1, and bytes go both ways', async (world) => {
  const { client, server, proxy, head, seen } = await tunnel(world);
  assert.equal(head[':status'], '200');
  assert.equal(head['sec-websocket-protocol'], 'chat');
  for (const name of ['sec-websocket-accept', 'upgrade', 'connection', 'content-length'])
    assert.equal(head[name], undefined, name);
  assert.match(seen.start, /^GET \/chat HTTP\/1\.1/);
  assert.equal(valueOf(seen, 'upgrade'), 'websocket');
  assert.equal(valueOf(seen, 'sec-websocket-version'), '13');
  assert.equal(Buffer.from(valueOf(seen, 'sec-websocket-key')!, 'base64').length, 16);
  assert.deepEqual([proxy.status.tunnels, proxy.status.exchanges], [1, 1]);
  client.data(1, 'hello');
  assert.equal((await server.peers[0]!.takeBytes(5)).toString(), 'hello');
  server.peers[0]!.send('there');
  await until('the answer', () => client.partial(1).body.toString() === 'there');
  client.data(1, '', { endStream: true });
  await until('the end at the server', () => server.peers[0]!.ending === 'fin');
  server.peers[0]!.end('bye');
  assert.equal((await client.message(1)).body.toString(), 'therebye');
  assert.equal(client.find('RstStream'), undefined, 'both sides have ended in order');
  const line = await proxy.log.ofPath('/chat');
  assert.deepEqual([line.method, line.status, line.reason, line.bytesIn, line.bytesOut], ['GET', 101, undefined, 5, 8]);
  assert.deepEqual([proxy.status.tunnels, proxy.status.exchanges], [0, 0]);
});

proxyTest('the server ends first: its end goes on, and what the client still says as well', async (world) => {
  const { client, server } = await tunnel(world);
  server.peers[0]!.end('last');
  assert.equal((await client.message(1)).body.toString(), 'last');
  client.data(1, 'answer', { endStream: true });
  assert.equal((await server.peers[0]!.takeRest()).toString(), 'answer');
});

proxyTest('a tunnel that breaks on one side is broken on the other', async (world) => {
  const first = await tunnel(world);
  first.server.peers[0]!.reset();
  await first.client.expect('RstStream', { id: 1, code: 'CANCEL' });
  const second = await tunnel(world);
  second.client.resetStream(1);
  await until('the end at the server', () => second.server.peers[0]!.ending !== 'open');
  second.proxy.expectLine({ path: '/chat', status: 101, reason: 'client-abort' });
});

proxyTest('a tunnel in which both sides are silent is ended after tunnelIdleMs', async (world) => {
  const { client, proxy } = await tunnel(world, { timeouts: { tunnelIdleMs: 5000 } });
  await asTimePasses(proxy, 'an end', () => client.find('RstStream') !== undefined);
  await client.expect('RstStream', { id: 1, code: 'CANCEL' });
  proxy.expectLine({ path: '/chat', status: 101, reason: 'tunnel-timeout' });
});

proxyTest('protocols that the route does not let through are answered 501, and reach no server', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => ok()));
  const client = await h2(world, proxy);
  client.headers(1, connect('/udp', 'connect-udp'));
  assert.equal((await client.head(1))[':status'], '501');
  await client.expect('RstStream', { id: 1, code: 'NO_ERROR' });
  assert.equal(server.requests.length, 0);
  proxy.expectLine({ path: '/udp', status: 501, reason: 'upgrade-not-allowed' });
});

proxyTest(
  'a server that does not switch: its refusal goes on, but a 2xx must not look like a tunnel',
  async (world) => {
    const { proxy } = await world.proxyTo(
      serve(({ start }) =>
        start.includes('/none') ? 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone' : ok(),
      ),
    );
    const client = await h2(world, proxy);
    client.headers(1, connect('/none'));
    assert.deepEqual([(await client.message(1)).fields[':status'], client.partial(1).body.toString()], ['404', 'none']);
    client.headers(3, connect('/plain'));
    assert.equal((await client.head(3))[':status'], '502');
    assert.equal((await ask(client, 5, '/')).text, 'ok');
    proxy.expectLine({ path: '/plain', status: 502, reason: 'server-upgrade-failed' });
  },
);

proxyTest('what a client sends ahead of the 200 reaches the server behind the 101, in order', async (world) => {
  const { proxy, server } = await world.proxyTo(async (peer) => void (await readHead(peer)));
  const client = await h2(world, proxy);
  client.headers(1, connect('/ahead'));
  client.data(1, 'a'.repeat(16_000));
  client.data(1, 'b'.repeat(16_000));
  await until('a request', () => server.peers.length === 1);
  await client.roundTrip();
  server.peers[0]!.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const bytes = await server.peers[0]!.takeBytes(32_000);
  assert.equal(bytes.toString(), 'a'.repeat(16_000) + 'b'.repeat(16_000));
});
