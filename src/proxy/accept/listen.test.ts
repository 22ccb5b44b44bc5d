import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { listenBeside, listenFirst, listenOnce, listenTcp, type Listen } from './listen.ts';

const close = (server: net.Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

for (const code of ['EAFNOSUPPORT', 'EADDRNOTAVAIL']) {
  test(`without a host, where IPv6 is off (${code}), listenTcp() takes every IPv4 address`, async () => {
    const asked: unknown[] = [];
    const listen: Listen = async (_server, where) => {
      asked.push(where.host);
      if (where.host === '::') throw Object.assign(new Error('no IPv6'), { code });
    };
    await listenTcp(net.createServer(), undefined, 80, listen);
    assert.deepEqual(asked, ['::', '0.0.0.0']);
  });
}

test('a server that failed to listen can listen elsewhere', async () => {
  const [taken, server] = [net.createServer(), net.createServer()];
  await listenOnce(taken, { host: '127.0.0.1', port: 0 });
  const { port } = taken.address() as net.AddressInfo;
  await assert.rejects(listenOnce(server, { host: '127.0.0.1', port }), { code: 'EADDRINUSE' });
  await listenOnce(server, { host: '127.0.0.1', port: 0 });
  assert.equal(server.listenerCount('error') + server.listenerCount('listening'), 0);
  await Promise.all([close(taken), close(server)]);
});

test('without a host any other failure is the answer, and IPv4 alone is not tried', async () => {
  const asked: unknown[] = [];
  const listen: Listen = async (_server, where) => {
    asked.push(where.host);
    throw Object.assign(new Error('in use'), { code: 'EADDRINUSE' });
  };
  await assert.rejects(listenTcp(net.createServer(), undefined, 80, listen), { code: 'EADDRINUSE' });
  assert.deepEqual(asked, ['::']);
});

test('a port that is none is refused as a rejection, not thrown', async () => {
  const attempt = listenOnce(net.createServer(), { host: '127.0.0.1', port: 70_000 });
  await assert.rejects(attempt, { code: 'ERR_SOCKET_BAD_PORT' });
});

test('listenFirst() is refused an address that another one of its kind has, and listenBeside() shares it', async () => {
  const [first, second] = [net.createServer(), net.createServer()];
  await listenFirst(first, { host: '127.0.0.1', port: 0 });
  const { port } = first.address() as net.AddressInfo;
  await assert.rejects(listenFirst(second, { host: '127.0.0.1', port }), { code: 'EADDRINUSE' });
  await listenBeside(second, { host: '127.0.0.1', port });
  assert.equal((second.address() as net.AddressInfo).port, port);
  await Promise.all([close(first), close(second)]);
});

test('listenBeside() is refused an address whose socket shares nothing', async () => {
  const [first, second] = [net.createServer(), net.createServer()];
  await listenOnce(first, { host: '127.0.0.1', port: 0 });
  const { port } = first.address() as net.AddressInfo;
  await assert.rejects(listenBeside(second, { host: '127.0.0.1', port }), { code: 'EADDRINUSE' });
  await close(first);
});
