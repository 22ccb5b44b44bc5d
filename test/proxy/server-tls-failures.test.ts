import assert from 'node:assert/strict';
import type net from 'node:net';
import type tls from 'node:tls';

import type { ServerTlsPlan } from '../../src/proxy/pool-plan.ts';
import { issue, issueCa, type Issued } from '../harness/certificates.ts';
import { readAnswer, statusOf, textOf } from '../harness/message.ts';
import { needing } from '../harness/peers/needing.ts';
import { get } from '../harness/requests.ts';
import { ask, hello, identities, plainServer, secureProxy, serverName, shown } from '../harness/server-tls.ts';
import { tlsServer } from '../harness/tls-server.ts';
import { until } from '../harness/until.ts';

const { proxyTest } = needing('openssl');

const own = identities();

interface Refusal {
  /** Certificate of the server; the good one unless set. */
  readonly identity?: () => Promise<Issued>;
  readonly server?: tls.TlsOptions;
  readonly plan?: Partial<ServerTlsPlan>;
  readonly words: RegExp;
}

const refusals: Readonly<Record<string, Refusal>> = {
  'for another name': {
    identity: () => issue(own.ca, { names: ['a.test', 'b.test'] }),
    words: /is for a\.test, b\.test, not for server\.test: set tls\.serverName/,
  },
  expired: { identity: () => issue(own.ca, { names: [serverName], days: -2 }), words: /certificate has expired/ },
  'from an unknown authority': {
    identity: () => issue(own.stranger, { names: [serverName] }),
    words: /unknown authority: add .* as tls\.ca/,
  },
  'of an authority between that is not sent': {
    identity: async () => {
      const made = await issue(await issueCa(own.ca, 'between'), { names: [serverName] });
      return { ...made, chain: made.cert };
    },
    words: /unknown authority.*whole chain/,
  },
  'self-signed': { identity: () => own.selfSigned(serverName), words: /self-signed: add it as tls\.ca/ },
  'one for clients': {
    identity: () => issue(own.ca, { names: [serverName], use: 'client' }),
    words: /not one for servers/,
  },
  'that is for no address, with an address': {
    plan: { serverName: undefined },
    words: /is for server\.test, not for the IP address 127\.0\.0\.1: set tls\.serverName/,
  },
  'with a key that is not pinned': {
    plan: { pins: ['47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='] },
    words: /public key, sha256\/\S+=, is none of tls\.pins/,
  },
  'with a key that is not pinned, and nothing else checked': {
    plan: { verify: false, pins: ['47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='] },
    words: /is none of tls\.pins/,
  },
  'at a version that is too old': {
    server: { maxVersion: 'TLSv1.2' },
    plan: { minVersion: 'TLSv1.3' },
    words: /no common version or cipher/,
  },
  'with no cipher in common': {
    server: { maxVersion: 'TLSv1.2', ciphers: 'AES128-CCM8', cert: undefined },
    words: /no common cipher|closed the connection/,
  },
};

for (const [what, refusal] of Object.entries(refusals)) {
  proxyTest(`a server with a certificate ${what} gets no byte of a request`, async (world) => {
    const identity = await (refusal.identity?.() ?? own.good);
    const server = await tlsServer(world, { ...shown(identity), ...refusal.server }, hello);
    const proxy = await secureProxy(world, [server.place], own.trusting(refusal.plan));
    assert.equal((await ask(world, proxy)).status, 502);
    assert.ok(
      proxy.messages.some((message) => refusal.words.test(message)),
      proxy.messages.join('\n'),
    );
    assert.equal(proxy.messages.length, 1, 'one message for the operator');
    assert.equal((await ask(world, proxy)).status, 502);
    assert.equal(proxy.messages.length, 1, 'the same is not told again at once');
    assert.ok(server.peers.every(({ bytesReceived }) => bytesReceived === 0));
    proxy.expectLine({ path: '/x', status: 502, reason: 'server-tls-failed' });
  });
}

const breakers: Readonly<Record<string, readonly [(socket: net.Socket) => unknown, RegExp]>> = {
  'resets the connection in the handshake': [
    (socket) => socket.once('data', () => socket.resetAndDestroy()),
    /closed the connection during the handshake/,
  ],
  'closes the connection in the handshake': [
    (socket) => socket.once('data', () => socket.end()),
    /closed the connection during the handshake/,
  ],
  'speaks plain HTTP': [
    (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')),
    /speaks no TLS on this port/,
  ],
  'sends an alert': [
    (socket) => socket.once('data', () => socket.end(Buffer.from('15030300020228', 'hex'))),
    /no common cipher, or it asks for a certificate/,
  ],
};

for (const [what, [script, words]] of Object.entries(breakers)) {
  proxyTest(`a server that ${what} is passed over for the next, also by a POST`, async (world) => {
    const place = await plainServer(world, script);
    const next = await tlsServer(world, shown(own.good), hello);
    const proxy = await secureProxy(world, [place, next.place], own.trusting(), { idle: { max: 0 } });
    for (let i = 0; i < 2; i++) {
      const peer = await world.send(proxy, 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nwords');
      const answer = await readAnswer(peer);
      assert.equal(statusOf(answer), 200);
      assert.match(textOf(answer), /words$/);
      peer.destroy();
    }
    assert.ok(
      proxy.messages.some((message) => words.test(message)),
      proxy.messages.join('\n'),
    );
    assert.equal(next.sockets.length, 2);
  });
}

proxyTest('a server that never answers the handshake costs connectMs', async (world) => {
  const place = await plainServer(world, (socket) => socket.resume());
  const proxy = await secureProxy(world, [place], own.trusting(), { timeouts: { connectMs: 200 } });
  assert.equal((await ask(world, proxy)).status, 504);
  proxy.expectLine({ path: '/x', status: 504, reason: 'server-connect-timeout' });
});

proxyTest('a client that goes away during the handshake leaves nothing open', async (world) => {
  const sockets: net.Socket[] = [];
  const place = await plainServer(world, (socket) => sockets.push(socket.resume()));
  const proxy = await secureProxy(world, [place], own.trusting());
  const peer = await world.send(proxy, get('/x'));
  await until('a connection', () => sockets.length === 1);
  peer.reset();
  await until('its end', () => sockets[0]!.closed);
});

proxyTest(
  'without more attempts a server that refuses after the handshake (TLS 1.3) has the request only once',
  async (world) => {
    const server = await tlsServer(
      world,
      { ...shown(own.good), ca: own.ca.cert, requestCert: true, rejectUnauthorized: true },
      hello,
    );
    const once = { retries: { attempts: 0 } };
    const proxy = await secureProxy(world, [server.place, server.place], own.trusting(), once);
    assert.equal((await ask(world, proxy)).status, 502);
    assert.equal(server.connections, 1);
  },
);
