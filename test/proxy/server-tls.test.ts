import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import path from 'node:path';

import { issue } from '../harness/certificates.ts';
import { readAnswer, readRequest, statusOf } from '../harness/message.ts';
import { planOf } from '../harness/plan-of.ts';
import { needing } from '../harness/peers/needing.ts';
import { ok } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { ask, hello, identities, pinOf, secureProxy, serverName, shown } from '../harness/server-tls.ts';
import { tlsServer, type TlsServer } from '../harness/tls-server.ts';
import { until } from '../harness/until.ts';

const { proxyTest } = needing('openssl');

const own = identities();

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  proxyTest(
    `requests go to a server over ${version}, by the serverName in its certificate, and connections are kept`,
    async (world) => {
      const server = await tlsServer(
        world,
        { ...shown(own.good), minVersion: version, maxVersion: version, ALPNProtocols: ['http/1.1'] },
        hello,
      );
      const proxy = await secureProxy(world, [server.place], own.trusting());
      for (let i = 0; i < 3; i++) {
        const { status, text } = await ask(world, proxy);
        assert.equal(status, 200);
        assert.match(text, /^GET \/x HTTP\/1\.1\n/);
      }
      assert.equal(server.sockets.length, 1);
      const [socket] = server.sockets;
      assert.equal(socket!.getProtocol(), version);
      assert.equal(Reflect.get(socket!, 'servername'), serverName);
      assert.equal(socket!.alpnProtocol, 'http/1.1');
      proxy.expectLine({ path: '/x', status: 200, server: 'main-0' });
    },
  );

  proxyTest(
    `the next connection goes on with the session of the last (${version}), but not under another name`,
    async (world) => {
      const both = await issue(own.ca, { names: [serverName, 'other.test'] });
      const server = await tlsServer(world, { ...shown(both), maxVersion: version }, hello);
      const proxy = await secureProxy(world, [server.place], own.trusting(), { idle: { max: 0 } });
      for (let i = 0; i < 5; i++) assert.equal((await ask(world, proxy)).status, 200);
      assert.deepEqual(server.resumed, [false, true, true, true, true]);
      await proxy.apply({
        servers: [server.place],
        pool: { secure: true, tls: own.trusting({ serverName: 'other.test' }) },
      });
      assert.equal((await ask(world, proxy)).status, 200);
      assert.equal(server.resumed.at(-1), false);
    },
  );

  proxyTest(`a pinned key is asked for at resumed connections too (${version})`, async (world) => {
    const server = await tlsServer(world, { ...shown(own.good), maxVersion: version }, hello);
    const proxy = await secureProxy(
      world,
      [server.place],
      own.trusting({ pins: [pinOf(own.good), pinOf(own.client)] }),
      {
        idle: { max: 0 },
      },
    );
    for (let i = 0; i < 3; i++) assert.equal((await ask(world, proxy)).status, 200, proxy.messages.join());
    assert.deepEqual(server.resumed, [false, true, true]);
  });
}

proxyTest('with verify: false any certificate will do; pins are still asked for', async (world) => {
  const server = await tlsServer(world, shown(own.stranger), hello);
  const blind = await secureProxy(world, [server.place], { verify: false });
  assert.equal((await ask(world, blind)).status, 200);
  const pinned = await secureProxy(world, [server.place], { verify: false, pins: [pinOf(own.stranger)] });
  assert.equal((await ask(world, pinned)).status, 200);
});

proxyTest('a certificate that is given as ca is trusted though it is self-signed', async (world) => {
  const made = await own.selfSigned(serverName);
  const server = await tlsServer(world, shown(made), hello);
  const proxy = await secureProxy(world, [server.place], { ca: made.cert, serverName: serverName });
  assert.equal((await ask(world, proxy)).status, 200);
});

proxyTest('a certificate for the address needs no name', async (world) => {
  const server = await tlsServer(world, shown(await issue(own.ca, { names: ['127.0.0.1'] })), hello);
  const proxy = await secureProxy(world, [server.place], { ca: own.ca.cert });
  assert.equal((await ask(world, proxy)).status, 200);
  assert.equal(Reflect.get(server.sockets[0]!, 'servername'), false);
});

proxyTest('a server that asks for a certificate gets it', async (world) => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { ...shown(own.good), ca: own.ca.cert, requestCert: true, rejectUnauthorized: true, maxVersion };
    const server = await tlsServer(world, options, hello);
    const proxy = await secureProxy(
      world,
      [server.place],
      own.trusting({ certificate: { kind: 'pem', chain: own.client.chain, key: own.client.key } }),
    );
    assert.equal((await ask(world, proxy)).status, 200);
    assert.equal(server.sockets[0]!.getPeerCertificate().subject.CN, 'client');
  }
});

proxyTest('a tunnel goes through both ways, and each side can end its half', async (world) => {
  const server = await tlsServer(world, shown(own.good), async (peer) => {
    await readRequest(peer);
    peer.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    peer.send(`you said ${await peer.takeThrough('.')}`);
    peer.end((await peer.takeRest()).toString());
  });
  const proxy = await secureProxy(world, [server.place], own.trusting());
  const peer = await world.send(proxy, get('/x', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
  assert.match(await peer.takeThrough('\r\n\r\n'), /^HTTP\/1\.1 101 /);
  peer.send('hello.');
  assert.equal(await peer.takeThrough('.'), 'you said hello.');
  peer.end('the rest');
  assert.equal((await peer.takeRest()).toString(), 'the rest');
});

proxyTest(
  'a server that stands still in the middle of a large upload stops the own.client, and the bytes come whole',
  async (world) => {
    const body = randomBytes(10_000_000);
    const got: Buffer[] = [];
    let server: TlsServer | undefined = undefined;
    server = await tlsServer(world, shown(own.good), async (peer) => {
      await peer.takeThrough('\r\n\r\n');
      peer.stall();
      await until('a stall of the client', () => stalled());
      peer.readOn();
      got.push(await peer.takeBytes(body.length));
      peer.send(ok());
    });
    const proxy = await secureProxy(world, [server.place], own.trusting());
    const peer = await world.send(proxy, `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`);
    peer.send(body);
    let [last, same] = [-1, 0];
    const stalled = (): boolean => {
      const { writableLength } = peer.socket;
      same = writableLength > 0 && writableLength === last ? same + 1 : 0;
      last = writableLength;
      return same > 5;
    };
    assert.equal(statusOf(await readAnswer(peer)), 200);
    assert.ok(Buffer.concat(got).equals(body));
  },
);

proxyTest('10 MB come back whole to a slow client over TLS to the server', async (world) => {
  const body = randomBytes(10_000_000);
  const server = await tlsServer(world, shown(own.good), async (peer) => {
    await readRequest(peer);
    await peer.pour(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body]));
  });
  const proxy = await secureProxy(world, [server.place], own.trusting());
  const peer = await world.client(proxy);
  peer.stall();
  peer.send(get('/x'));
  await until('a stall of the server', () => (server.sockets[0]?.writableLength ?? 0) > 0);
  peer.readOn();
  assert.ok((await readAnswer(peer)).body.equals(body));
});

proxyTest('servers with and without TLS can be in one pool', async (world) => {
  const secure = await tlsServer(world, shown(own.good), hello);
  const plain = await world.server(hello);
  const proxy = await world.proxy({});
  const file = path.join(await world.folder(), 'log');
  const plan = planOf({ servers: [secure.place, plain.place], pool: { tls: own.trusting() } }, file);
  const [pool] = plan.pools;
  await proxy.plane.apply({
    ...plan,
    pools: [{ ...pool!, servers: pool!.servers.map((each, i) => ({ ...each, secure: i === 0 })) }],
  });
  const { address } = proxy.plane.status().listeners[0]!;
  for (let i = 0; i < 4; i++) {
    const peer = await world.send(Number(address.split(':').at(-1)), get('/x'));
    assert.equal(statusOf(await readAnswer(peer)), 200);
    peer.destroy();
  }
  assert.equal(secure.sockets.length, 1);
  assert.equal(plain.peers.length, 1);
});

proxyTest("a connection on which NTLM credentials went is one client's alone", async (world) => {
  const server = await tlsServer(world, shown(own.good), hello);
  const proxy = await secureProxy(world, [server.place], own.trusting());
  const [alice, bob] = [await world.client(proxy), await world.client(proxy)];
  for (const [peer, fields] of [
    [alice, 'Authorization: NTLM abc\r\n'],
    [bob, ''],
    [alice, ''],
    [bob, ''],
  ] as const) {
    peer.send(get('/x', fields));
    assert.equal(statusOf(await readAnswer(peer)), 200);
  }
  assert.equal(server.sockets.length, 2);
  alice.destroy();
  await until('an end of her connection', () => server.peers[0]!.ending !== 'open');
  assert.equal(server.peers[1]!.ending, 'open');
});

proxyTest('a byte on an idle connection closes it', async (world) => {
  const server = await tlsServer(world, shown(own.good), hello);
  const proxy = await secureProxy(world, [server.place], own.trusting());
  assert.equal((await ask(world, proxy)).status, 200);
  server.peers[0]!.send('HTTP/1.1 200 OK\r\n');
  await until('the end of it', () => proxy.serverConnections.open === 0);
  assert.equal((await ask(world, proxy)).status, 200);
  assert.equal(server.sockets.length, 2);
});
