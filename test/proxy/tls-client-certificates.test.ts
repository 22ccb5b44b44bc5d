import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type tls from 'node:tls';

import type { ClientCertificatesPlan } from '../../src/proxy/tls-plan.ts';
import type { TransportPlan } from '../../src/proxy/plan.ts';
import { plainRoute } from '../../src/proxy/plan.ts';
import { issue, issueCa, makeCa, makeCrl, tlsPlan, type Issued, type TestCa } from '../harness/certificates.ts';
import { readAnswer, statusOf, textOf, type Message } from '../harness/message.ts';
import type { PlanSpec } from '../harness/plan-of.ts';
import { needing } from '../harness/peers/needing.ts';
import type { World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { echo, serve, type RawServer } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { folderOfFile, sClient, sessionOf, tlsPeer } from '../harness/tls-clients.ts';

const { before, proxyTest } = needing('openssl');

const folder = folderOfFile();
let ca: TestCa;
let middle: TestCa;
let strangers: TestCa;
let site: Issued;
let other: Issued;
let client: Issued;
let deep: Issued;
let late: Issued;
let revoked: Issued;
let stranger: Issued;
let serverOnly: Issued;

before(async () => {
  [ca, strangers] = await Promise.all([makeCa(folder), makeCa(folder, 'strangers')]);
  middle = await issueCa(ca, 'middle');
  [site, other, client, deep, late, revoked, stranger, serverOnly] = await Promise.all([
    issue(ca, { names: ['a.test'] }),
    issue(ca, { names: ['other.test'] }),
    issue(ca, { subject: '/C=DE/O=Exämple, Inc./CN=client one', use: 'client' }),
    issue(middle, { commonName: 'deep' }),
    issue(ca, { commonName: 'late', days: -2 }),
    issue(ca, { commonName: 'revoked' }),
    issue(strangers, { commonName: 'stranger' }),
    issue(ca, { names: ['server.test'], use: 'server' }),
  ]);
});

const transport = (clientCertificate: TransportPlan['clientCertificate']): { more: { transport: TransportPlan } } => ({
  more: { transport: { ...plainRoute.transport, clientCertificate } },
});

/** `/open`, `/may` and `/must` are routes that ignore certificates, take them and need them. */
function specFor(more: Partial<ClientCertificatesPlan> = {}): PlanSpec {
  return {
    tls: tlsPlan([site, other], { clientCertificates: { ca: ca.cert, crls: [], ...more } }),
    routes: [{ path: '/open' }, { path: '/may', ...transport('optional') }, { path: '/must', ...transport('require') }],
  };
}

const proxyFor = (
  world: World,
  more?: Partial<ClientCertificatesPlan>,
): Promise<{ proxy: ProxyUnderTest; server: RawServer }> => world.proxyTo(serve(echo), specFor(more));

async function ask(
  world: World,
  proxy: ProxyUnderTest,
  path: string,
  given: { from?: Issued; fields?: string; options?: tls.ConnectionOptions } = {},
): Promise<Message> {
  const { from, fields = '', options } = given;
  const peer = await tlsPeer(world, proxy.port(), { ...(from && { cert: from.chain, key: from.key }), ...options });
  peer.send(get(path, fields));
  const answer = await readAnswer(peer);
  peer.destroy();
  return answer;
}

/** What the server was told about certificates, in any spelling. */
const told = (answer: Message): string[] =>
  textOf(answer)
    .split('\n')
    .filter((line) => /^(x.)?client.cert/i.test(line));

proxyTest('a valid certificate is let in, and the server is told of it in fields', async (world) => {
  const { proxy } = await proxyFor(world);
  const facts = new X509Certificate(client.cert);
  for (const path of ['/must', '/may']) {
    assert.deepEqual(told(await ask(world, proxy, path, { from: client })), [
      `Client-Cert: :${facts.raw.toString('base64')}:`,
      'X-Client-Cert-Subject: CN=client one,O=Ex\\C3\\A4mple\\, Inc.,C=DE',
      'X-Client-Cert-Issuer: CN=Test ca',
      `X-Client-Cert-Serial: ${facts.serialNumber}`,
      `X-Client-Cert-Fingerprint: ${client.fingerprint}`,
    ]);
  }
  assert.deepEqual(told(await ask(world, proxy, '/open', { from: client })), []);
  assert.equal(statusOf(await ask(world, proxy, '/must', { from: deep })), 200);
});

proxyTest(
  'without a valid certificate a route that needs one answers 403; the others go on without fields',
  async (world) => {
    const { proxy } = await proxyFor(world);
    for (const from of [undefined, late, stranger, serverOnly]) {
      const given = from === undefined ? {} : { from };
      const must = await ask(world, proxy, '/must', given);
      assert.equal(statusOf(must), 403, from?.commonName ?? 'none');
      assert.match(textOf(must), /client-certificate-required/);
      for (const path of ['/may', '/open']) {
        const answer = await ask(world, proxy, path, given);
        assert.equal(statusOf(answer), 200);
        assert.deepEqual(told(answer), []);
      }
    }
  },
);

proxyTest(
  'a certificate on a revocation list is not valid; a reload with a new list holds for sessions that go on',
  async (world) => {
    const { proxy, server } = await proxyFor(world);
    proxy.plane.setTlsSecrets({ ticketKeys: Buffer.alloc(48, 5), staples: [] });
    const options = { cert: revoked.chain, key: revoked.key };
    const peer = await tlsPeer(world, proxy.port(), options);
    const session = await sessionOf(peer);
    peer.send(get('/must'));
    assert.equal(statusOf(await readAnswer(peer)), 200);
    const again = await ask(world, proxy, '/must', { options: { session } });
    assert.equal(statusOf(again), 200, 'a session that is taken up keeps its certificate');
    assert.match(textOf(again), /^X-Client-Cert-Subject: CN=revoked$/m);
    const crl = await makeCrl(ca, [revoked]);
    await proxy.apply({ servers: [server], ...specFor({ crls: [crl] }) });
    assert.equal(statusOf(await ask(world, proxy, '/must', { from: revoked })), 403);
    assert.equal(statusOf(await ask(world, proxy, '/must', { from: revoked, options: { session } })), 403);
    assert.equal(statusOf(await ask(world, proxy, '/must', { options: { session } })), 403);
    assert.equal(statusOf(await ask(world, proxy, '/must', { from: client })), 200);
  },
);

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  proxyTest(`a session without a certificate stays without one (${version})`, async (world) => {
    const { proxy } = await proxyFor(world);
    const peer = await tlsPeer(world, proxy.port(), { maxVersion: version });
    const session = await sessionOf(peer);
    const again = await tlsPeer(world, proxy.port(), { session, maxVersion: version });
    assert.ok((again.socket as tls.TLSSocket).isSessionReused());
    again.send(get('/must'));
    assert.equal(statusOf(await readAnswer(again)), 403);
  });
}

proxyTest('a session of a listener that asks nobody is no entry to one that asks', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(echo), { tls: tlsPlan([site, other]) });
  proxy.plane.setTlsSecrets({ ticketKeys: Buffer.alloc(48, 5), staples: [] });
  const session = await sessionOf(await tlsPeer(world, proxy.port()));
  await proxy.apply({ servers: [server], ...specFor() });
  const peer = await tlsPeer(world, proxy.port(), { session });
  assert.ok(!(peer.socket as tls.TLSSocket).isSessionReused());
});

proxyTest(
  'a host other than that of the handshake gets 421 where certificates count, and only there',
  async (world) => {
    const { proxy } = await proxyFor(world);
    for (const [path, wanted] of [
      ['/must', 421],
      ['/may', 421],
      ['/open', 200],
    ] as const) {
      const answer = await ask(world, proxy, path, { from: client, options: { servername: 'other.test' } });
      assert.equal(statusOf(answer), wanted, path);
    }
    const line = await proxy.log.ofPath('/open');
    assert.equal((line as unknown as { serverName: string }).serverName, 'other.test');
  },
);

proxyTest(
  'nobody can forge the fields: on no route, in no spelling, also without TLS and as a trusted proxy',
  async (world) => {
    const names = [
      ...['Client-Cert', 'client-cert-chain', 'CLIENT_CERT', 'Client.Cert-Chain', 'X-Client-Cert-Subject'],
      ...[
        'x_client_cert_issuer',
        'X-Client-Cert-Serial',
        'X-Client-Cert-Fingerprint',
        'X-Client-Cert',
        'X.Client.Cert.New',
      ],
    ];
    const fields = names.map((name) => `${name}: forged\r\n`).join('');
    for (const trustedProxies of [[], ['127.0.0.0/8']]) {
      const forwarding = { trustedProxies };
      const { proxy } = await world.proxyTo(serve(echo), { ...specFor(), forwarding });
      for (const path of ['/open', '/may']) assert.deepEqual(told(await ask(world, proxy, path, { fields })), []);
      const honest = told(await ask(world, proxy, '/must', { fields, from: client }));
      assert.equal(honest.length, 5);
      assert.ok(!honest.join().includes('forged'));
      const { proxy: plain } = await world.proxyTo(serve(echo), { forwarding });
      const peer = await world.send(plain, get('/', fields));
      assert.deepEqual(told(await readAnswer(peer)), []);
    }
  },
);

proxyTest('openssl s_client sees which authorities are asked for, and gets in by its certificate', async (world) => {
  const { proxy } = await proxyFor(world);
  const cert = ['-cert', client.certFile, '-key', client.keyFile, '-servername', 'a.test', '-quiet', '-ign_eof'];
  const { output } = await sClient(proxy.port(), cert, get('/must', 'Connection: close\r\n'));
  assert.match(output, /X-Client-Cert-Fingerprint/);
  const asked = await sClient(proxy.port(), ['-servername', 'other.test']);
  assert.match(asked.output, /Acceptable client certificate CA names\s+CN\s*=\s*Test ca/);
});
