// What a reload of a listener's `http2` changes, and for whom: connections that are open go on.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import tls from 'node:tls';

import { needing } from '../harness/peers/needing.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { readAnswer, statusOf } from '../harness/message.ts';
import { get } from '../harness/requests.ts';
import { tlsProxy, tlsSite } from '../harness/tls-site.ts';

/** A client of HTTP/2 over plain HTTP, which has the settings of the proxy. */
async function connect(world: World, port: number): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {}); // Some are refused on purpose.
  world.after(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
}

async function statusFor(session: http2.ClientHttp2Session): Promise<number | undefined> {
  const stream = session.request({ ':path': '/' });
  const [fields] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader];
  stream.resume();
  await once(stream, 'close');
  return fields[':status'];
}

proxyTest('a changed bound of HTTP/2 holds for new connections, and an open one goes on', async (world) => {
  const server = await world.server(serve(() => ok()));
  const proxy = await world.proxy({ servers: [server], http2: { maxStreams: 7 } });
  const before = await connect(world, proxy.port());
  assert.equal(before.remoteSettings.maxConcurrentStreams, 7);
  await proxy.apply({ servers: [server], http2: { maxStreams: 3 } });
  const after = await connect(world, proxy.port());
  assert.equal(after.remoteSettings.maxConcurrentStreams, 3);
  assert.deepEqual([await statusFor(before), await statusFor(after)], [200, 200]);
  assert.equal(before.closed, false);
});

proxyTest(
  'HTTP/2 that is turned off is refused to new connections; an open one gets one more answer',
  async (world) => {
    const server = await world.server(serve(() => ok()));
    const proxy = await world.proxy({ servers: [server] });
    const http1 = await world.send(proxy, get('/'));
    assert.equal(statusOf(await readAnswer(http1)), 200);
    const before = await connect(world, proxy.port());
    assert.equal(await statusFor(before), 200);
    const left = once(before, 'goaway');
    await proxy.apply({ servers: [server], http2: false });
    assert.equal(await statusFor(before), 200);
    await left;
    const preface = await world.send(proxy, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    assert.match((await readAnswer(preface)).start, /^HTTP\/1\.1 (400|505) /);
    http1.send(get('/'));
    assert.equal(statusOf(await readAnswer(http1)), 200, 'a connection of HTTP/1 has nothing to do with it');
  },
);

const openssl = needing('openssl');
const site = tlsSite();

openssl.proxyTest('ALPN offers HTTP/2 as long as the listener speaks it', async (world) => {
  const chosen = async (port: number): Promise<string | false | null> => {
    const socket = tls.connect({
      host: '127.0.0.1',
      port,
      ca: site.ca.cert,
      servername: 'a.test',
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    await once(socket, 'secureConnect');
    socket.destroy();
    return socket.alpnProtocol;
  };
  const proxy = await tlsProxy(world, site);
  assert.equal(await chosen(proxy.port()), 'h2');
  const off = await tlsProxy(world, site, { http2: false });
  assert.equal(await chosen(off.port()), 'http/1.1');
});
