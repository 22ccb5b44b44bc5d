import assert from 'node:assert/strict';
import tls from 'node:tls';

import { until } from '../harness/until.ts';
import { tlsPlan } from '../harness/certificates.ts';
import type { PlanSpec } from '../harness/plan-of.ts';
import { needing } from '../harness/peers/needing.ts';
import { sClient, sessionOf, tlsPeer } from '../harness/tls-clients.ts';
import { tlsProxy, tlsSite } from '../harness/tls-site.ts';

const { proxyTest } = needing('openssl');

const site = tlsSite();

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  proxyTest(
    `sessions are taken up by another data plane with the same keys, and by none with others (${version})`,
    async (world) => {
      const spec: PlanSpec = { tls: tlsPlan([site.a, site.wild]) };
      const [one, two, other] = [
        await tlsProxy(world, site, spec),
        await tlsProxy(world, site, spec),
        await tlsProxy(world, site, spec),
      ];
      const ticketKeys = Buffer.alloc(48, 7);
      for (const proxy of [one, two]) proxy.plane.setTlsSecrets({ ticketKeys, staples: [] });
      other.plane.setTlsSecrets({ ticketKeys: Buffer.alloc(48, 8), staples: [] });
      for (const servername of ['a.test', 'x.wild.test']) {
        for (let i = 0; i < 10; i++) {
          const options = { servername, maxVersion: version };
          const first = await tlsPeer(world, one.port(), options);
          const session = await sessionOf(first);
          const again = await tlsPeer(world, (i % 2 === 0 ? one : two).port(), { ...options, session });
          assert.ok((again.socket as tls.TLSSocket).isSessionReused(), `${servername}, ${i}`);
          const elsewhere = await tlsPeer(world, other.port(), { ...options, session });
          assert.ok(!(elsewhere.socket as tls.TLSSocket).isSessionReused());
          for (const peer of [first, again, elsewhere]) peer.destroy();
        }
      }
      // A client knows of the end of a handshake before the server does.
      const resumed = (): number => (one.status.handshakes?.resumed ?? 0) + (two.status.handshakes?.resumed ?? 0);
      await until('the last handshakes', () => resumed() === 20 && other.status.handshakes?.done === 20);
      const versions = [{ version, full: 20, resumed: 0 }];
      assert.deepEqual(other.status.handshakes, { done: 20, resumed: 0, failed: 0, versions });
    },
  );
}

proxyTest('keys may be rotated: older sessions are not taken up, newer ones are', async (world) => {
  const proxy = await tlsProxy(world, site);
  proxy.plane.setTlsSecrets({ ticketKeys: Buffer.alloc(48, 1), staples: [] });
  const session = await sessionOf(await tlsPeer(world, proxy.port()));
  proxy.plane.setTlsSecrets({ ticketKeys: Buffer.alloc(48, 2), staples: [] });
  const old = await tlsPeer(world, proxy.port(), { session });
  assert.ok(!(old.socket as tls.TLSSocket).isSessionReused());
  const young = await tlsPeer(world, proxy.port(), { session: await sessionOf(old) });
  assert.ok((young.socket as tls.TLSSocket).isSessionReused());
});

proxyTest('a session of one listener is no entry to another', async (world) => {
  const listeners = {
    one: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    two: { kind: 'tcp', host: '127.0.0.1', port: 0 },
  } as const;
  const proxy = await tlsProxy(world, site, { listeners });
  proxy.plane.setTlsSecrets({ ticketKeys: Buffer.alloc(48, 1), staples: [] });
  const session = await sessionOf(await tlsPeer(world, proxy.port('one')));
  const there = await tlsPeer(world, proxy.port('two'), { session });
  assert.ok(!(there.socket as tls.TLSSocket).isSessionReused());
});

proxyTest('an OCSP response is stapled by the fingerprint of the certificate that the client gets', async (world) => {
  const proxy = await tlsProxy(world, site);
  const none = await sClient(proxy.port(), ['-status', '-servername', 'x.wild.test']);
  assert.match(none.output, /OCSP response: no response sent/);
  const response = Buffer.from('no real response');
  proxy.plane.setTlsSecrets({
    ticketKeys: Buffer.alloc(48),
    staples: [{ fingerprint: site.wild.fingerprint, response }],
  });
  const stapled = (servername: string): Promise<Buffer | undefined> =>
    new Promise((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port: proxy.port(),
        servername,
        rejectUnauthorized: false,
        requestOCSP: true,
      };
      const socket = tls.connect(options);
      let got: Buffer | undefined;
      socket.on('OCSPResponse', (bytes) => (got = bytes ?? undefined));
      socket.on('error', reject);
      socket.on('secureConnect', () => socket.destroy());
      socket.on('close', () => resolve(got));
    });
  assert.deepEqual(await stapled('x.wild.test'), response);
  assert.equal((await stapled('a.test'))?.length ?? 0, 0);
});
