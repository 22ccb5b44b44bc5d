import assert from 'node:assert/strict';
import net from 'node:net';
import { ProxyError } from '../../core/errors.ts';
import { ReadBuffer } from '../../core/read-buffer.ts';
import { turns, until, withNet, type Net } from '../fixtures.test.ts';
import { defaultServerTls } from '../pool-plan.ts';
import { dialTls, TlsPeer } from './dial-tls.ts';
import type { DialedSocket } from './dial.ts';
import { SecureContexts } from './secure-contexts.ts';
import { secureSetting, serverIdentity, type SecureSetting } from './tls-fixtures.test.ts';
import { needing } from '../../../test/harness/peers/needing.ts';

const { test } = needing('openssl');

interface Outcome {
  readonly results: (DialedSocket | ProxyError)[];
  readonly giveUp: () => void;
}

function start(sockets: Net, peer: TlsPeer, port: number, timeoutMs = 3000): Outcome {
  const results: (DialedSocket | ProxyError)[] = [];
  const target = {
    address: { kind: 'tcp' as const, addresses: ['127.0.0.2', '127.0.0.1'], port },
    sourceAddress: undefined,
    timeoutMs,
    buffer: new ReadBuffer(65_536),
  };
  const giveUp = dialTls(target, peer, (result) => {
    results.push(result);
    if (!(result instanceof ProxyError)) sockets.keep(result.socket);
  });
  return { results, giveUp };
}

/** A server with TLS; the address before its own refuses. */
async function secureServer(sockets: Net): Promise<{ setting: SecureSetting; port: number; peer: TlsPeer }> {
  const setting = secureSetting(await serverIdentity());
  const { address } = await sockets.listen('tcp', (socket) => sockets.keep(setting.accept(socket)));
  const peer = new TlsPeer(setting.plan, 'server.test', new SecureContexts());
  return { setting, peer, port: address.kind === 'tcp' ? address.port : 0 };
}

function codeOf({ results }: Outcome): string {
  assert.equal(results.length, 1);
  const [result] = results;
  return result instanceof ProxyError ? result.code : 'connected';
}

test('an address that refuses is passed over, and the handshake is with the one that answers', async () => {
  await withNet(async (sockets) => {
    const { setting, port, peer } = await secureServer(sockets);
    const outcome = start(sockets, peer, port);
    await until(() => outcome.results.length === 1);
    assert.equal(codeOf(outcome), 'connected');
    assert.equal(setting.accepted.length, 1);
  });
});

test('onBytes gets the bytes, and false stops them until resume()', async () => {
  await withNet(async (sockets) => {
    const { setting, port, peer } = await secureServer(sockets);
    const outcome = start(sockets, peer, port);
    await until(() => outcome.results.length === 1 && setting.accepted.length === 1);
    const dialed = outcome.results[0] as DialedSocket;
    let [calls, length] = [0, 0];
    dialed.onBytes = (chunk) => {
      length += chunk.length;
      return ++calls > 1;
    };
    setting.accepted[0]!.write(Buffer.alloc(500_000));
    await until(() => calls === 1);
    await turns();
    assert.equal(calls, 1);
    dialed.socket.resume();
    await until(() => length === 500_000);
  });
});

test('giving up, whenever it is, means that done is not called and nothing stays open', async () => {
  await withNet(async (sockets) => {
    const accepted: net.Socket[] = [];
    const { address } = await sockets.listen('tcp', (socket) => accepted.push(socket.resume()));
    const port = address.kind === 'tcp' ? address.port : 0;
    const peer = new TlsPeer(defaultServerTls, 'server.test', new SecureContexts());
    const early = start(sockets, peer, port);
    early.giveUp();
    const late = start(sockets, peer, port);
    await until(() => accepted.some((socket) => socket.bytesRead > 0));
    late.giveUp();
    late.giveUp();
    await until(() => accepted.every((socket) => socket.readableEnded || socket.closed));
    await turns();
    assert.deepEqual([early.results, late.results], [[], []]);
  });
});

test('connecting and the handshake have one time together, and no timer outlives it', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  await withNet(async (sockets) => {
    const { address } = await sockets.listen('tcp', (socket) => socket.resume());
    const port = address.kind === 'tcp' ? address.port : 0;
    const peer = new TlsPeer(defaultServerTls, 'server.test', new SecureContexts());
    const before = timers();
    const outcome = start(sockets, peer, port, 1000);
    await until(() => outcome.results.length === 1);
    assert.equal(codeOf(outcome), 'server-connect-timeout');
    assert.match((outcome.results[0] as ProxyError).message, /TLS handshake was not over in 1000 ms/);
    await turns();
    assert.ok(timers() <= before);
  });
});

test('settings that OpenSSL does not take fail the connection and not more', async () => {
  await withNet(async (sockets) => {
    const { port } = await secureServer(sockets);
    const certificate = { kind: 'pem', chain: 'no certificate', key: 'no key' } as const;
    const peer = new TlsPeer({ ...defaultServerTls, ca: 'none', certificate }, 'server.test', new SecureContexts());
    const outcome = start(sockets, peer, port);
    await until(() => outcome.results.length === 1);
    assert.equal(codeOf(outcome), 'server-tls-failed');
  });
});

test('a session is forgotten when the handshake that used it fails', async () => {
  await withNet(async (sockets) => {
    const { setting, port, peer } = await secureServer(sockets);
    const first = start(sockets, peer, port);
    await until(() => peer.session !== undefined && first.results.length === 1);
    assert.ok(setting.accepted.length === 1);
    const { address } = await sockets.listen('tcp', (socket) => socket.resume().end());
    const broken = start(sockets, peer, address.kind === 'tcp' ? address.port : 0);
    await until(() => broken.results.length === 1);
    assert.equal(codeOf(broken), 'server-tls-failed');
    assert.equal(peer.session, undefined);
  });
});
