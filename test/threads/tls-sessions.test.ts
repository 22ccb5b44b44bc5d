/** TLS sessions over several data threads: the kernel chooses the thread, and each takes up what another one began. */
import assert from 'node:assert/strict';
import tls from 'node:tls';

import { createProxy } from '../../src/create-proxy.ts';
import { needing } from '../harness/peers/needing.ts';
import { tlsSite } from '../harness/tls-site.ts';

const { test } = needing('openssl');
const site = tlsSite();
const log = { debug() {}, info() {}, warn() {}, error() {} };

interface Visit {
  readonly resumed: boolean;
  readonly session: Buffer;
}

/** One connection with one request, by a session from before or without one. */
async function visit(port: number, version: tls.SecureVersion, session?: Buffer): Promise<Visit> {
  const ca = site.ca.cert;
  const options = { port, host: '127.0.0.1', servername: 'a.test', ca, minVersion: version, maxVersion: version };
  const socket = tls.connect({ ...options, ...(session && { session }) });
  let latest = session;
  socket.on('session', (next: Buffer) => (latest = next));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.on('error', reject).on('end', resolve).resume();
  socket.write('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n');
  await promise;
  const resumed = socket.isSessionReused();
  socket.destroy();
  assert.ok(latest, 'a session');
  return { resumed, session: latest };
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`every session is resumed, whichever thread it meets (${version})`, async (t) => {
    const { certFile: cert, keyFile: key } = site.a;
    const listeners = { web: { address: '127.0.0.1:0', tls: { certificates: [{ cert, key }] } } };
    const routes = [{ middleware: [{ respond: { body: 'hello' } }] }];
    const proxy = createProxy({ listeners, routes, accessLog: false }, { threads: 3, log });
    t.after(() => proxy.close({ now: true }));
    const [web] = await proxy.start();
    const port = Number(web!.address.split(':').at(-1));
    let resumed = 0;
    for (let client = 0; client < 8; client++) {
      let { session } = await visit(port, version);
      for (let again = 0; again < 5; again++) {
        const next = await visit(port, version, session);
        resumed += Number(next.resumed);
        session = next.session;
      }
    }
    assert.equal(resumed, 40);
    const { threads, traffic } = await proxy.status();
    assert.equal(traffic?.handshakes?.resumed, 40);
    assert.equal(
      threads.filter((thread) => (thread.traffic?.exchangesTotal ?? 0) > 0).length,
      3,
      'all threads had some',
    );
  });
}
