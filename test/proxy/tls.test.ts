import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type tls from 'node:tls';

import { certificatePlan, makePfx, tlsPlan } from '../harness/certificates.ts';
import { readAnswer, textOf } from '../harness/message.ts';
import { needing } from '../harness/peers/needing.ts';
import { echo, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { curl, sClient, tlsPeer } from '../harness/tls-clients.ts';
import { tlsProxy, tlsSite } from '../harness/tls-site.ts';
import { until } from '../harness/until.ts';

const { proxyTest } = needing('openssl', 'curl');

const site = tlsSite();

const subjectIn = (output: string): string | undefined => /subject=\s*CN\s*=\s*(\S+)/.exec(output)?.[1];

proxyTest('curl speaks TLS 1.2 and 1.3, and the server is told that it was https', async (world) => {
  const proxy = await tlsProxy(world, site);
  const url = `https://a.test:${proxy.port()}/x`;
  for (const args of [['--tlsv1.3'], ['--tlsv1.2', '--tls-max', '1.2'], []]) {
    const { output, code } = await curl(site.ca.certFile, url, args);
    assert.equal(code, 0, output);
    assert.match(output, /^X-Forwarded-Proto: https$/m);
    assert.match(output, new RegExp(`^X-Forwarded-Host: a.test:${proxy.port()}$`, 'm'));
    assert.match(output, new RegExp(`^X-Forwarded-Port: ${proxy.port()}$`, 'm'));
  }
  const lines = await proxy.log.count(3);
  assert.deepEqual(
    lines.map((line) => (line as unknown as { tls: string }).tls),
    ['TLSv1.3', 'TLSv1.2', 'TLSv1.3'],
  );
  assert.ok(lines.every((line) => !('serverName' in line)));
});

proxyTest('a version that the listener does not allow gets an alert', async (world) => {
  const proxy = await tlsProxy(world, site, { tls: tlsPlan([site.a], { minVersion: 'TLSv1.3' }) });
  const { output } = await sClient(proxy.port(), ['-tls1_2']);
  assert.match(output, /alert protocol version/);
  const old = await tlsProxy(world, site, { tls: tlsPlan([site.a], { maxVersion: 'TLSv1.2' }) });
  assert.match((await sClient(old.port(), ['-tls1_3'])).output, /alert protocol version/);
  assert.match((await sClient(old.port())).output, /Protocol\s*: TLSv1.2/);
  await until('a message', () => proxy.messages.some((message) => message.includes('no version of TLS')));
});

proxyTest('the listener chooses the cipher, and gives an alert where there is none in common', async (world) => {
  const ciphers = 'TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256';
  const proxy = await tlsProxy(world, site, { tls: tlsPlan([site.a], { ciphers }) });
  const offered = 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384';
  const chosen = await sClient(proxy.port(), ['-tls1_2', '-cipher', offered]);
  assert.match(chosen.output, /Cipher is ECDHE-ECDSA-AES256-GCM-SHA384/);
  const none = await sClient(proxy.port(), ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256']);
  assert.match(none.output, /alert handshake failure/);
  const groups = await tlsProxy(world, site, { tls: tlsPlan([site.a], { groups: 'P-384:X25519' }) });
  assert.match((await sClient(groups.port(), ['-groups', 'X25519'])).output, /(Server|Peer) Temp Key: X25519/);
  assert.match((await sClient(groups.port(), ['-groups', 'P-521'])).output, /alert handshake failure/);
});

proxyTest('the certificate is chosen by name: exact, one label under a wildcard, else the first', async (world) => {
  const proxy = await tlsProxy(world, site);
  const names = [
    ['a.test', 'a.test'],
    ['A.TEST', 'a.test'],
    ['wild.test', '_.wild.test'],
    ['x.wild.test', '_.wild.test'],
    ['y.x.wild.test', 'a.test'],
    ['other.test', 'a.test'],
  ] as const;
  for (const [name, wanted] of names) {
    const { output } = await sClient(proxy.port(), ['-servername', name]);
    assert.equal(subjectIn(output)?.replace('*', '_'), wanted, name);
  }
  assert.equal(subjectIn((await sClient(proxy.port(), ['-noservername'])).output), 'a.test');
});

proxyTest('a name that no certificate is for may be refused: an alert arrives that says so', async (world) => {
  const proxy = await tlsProxy(world, site, { tls: tlsPlan([site.a, site.wild], { unknownName: 'refuse' }) });
  for (const args of [['-tls1_3'], ['-tls1_2']]) {
    const { output } = await sClient(proxy.port(), ['-servername', 'other.test', ...args]);
    assert.match(output, /unrecognized name/);
  }
  assert.equal(subjectIn((await sClient(proxy.port(), ['-servername', 'x.wild.test'])).output), '*.wild.test');
  assert.equal(subjectIn((await sClient(proxy.port(), ['-noservername'])).output), 'a.test');
  await until('both refusals', () => proxy.status.handshakes!.failed >= 2);
  assert.equal(proxy.status.handshakes!.failed, 2);
});

proxyTest('of an EC and an RSA certificate for the same names a client gets the one that it can use', async (world) => {
  const proxy = await tlsProxy(world, site, { tls: tlsPlan([site.a, site.wild, site.aRsa]) });
  const at = ['-servername', 'a.test', '-tls1_2', '-cipher'];
  const ec = await sClient(proxy.port(), [...at, 'ECDHE-ECDSA-AES128-GCM-SHA256']);
  const rsa = await sClient(proxy.port(), [...at, 'ECDHE-RSA-AES128-GCM-SHA256']);
  assert.match(ec.output, /Peer signature type: (ECDSA|ecdsa)/);
  assert.match(rsa.output, /Peer signature type: (RSA|rsa)/);
});

proxyTest('ALPN: h2 or http/1.1; a client that offers only others gets the alert of RFC 7301', async (world) => {
  const [both, http1] = [await tlsProxy(world, site), await tlsProxy(world, site, { http2: false })];
  const cases = [
    [both, 'http/1.1,h2', /ALPN protocol: h2/],
    [both, 'http/1.1', /ALPN protocol: http\/1.1/],
    [both, 'h3', /alert no application protocol/],
    [http1, 'h2,http/1.1', /ALPN protocol: http\/1.1/],
    [http1, 'h2', /alert no application protocol/],
  ] as const;
  for (const [proxy, offered, found] of cases)
    assert.match((await sClient(proxy.port(), ['-alpn', offered])).output, found, offered);
  assert.match((await sClient(both.port())).output, /No ALPN negotiated/);
});

proxyTest('a client cannot renegotiate', async (world) => {
  const proxy = await tlsProxy(world, site);
  const { output } = await sClient(proxy.port(), ['-tls1_2'], 'R\n');
  assert.match(output, /no renegotiation|RENEGOTIATING/);
  assert.doesNotMatch(output, /verify return:1[\s\S]*RENEGOTIATING[\s\S]*verify return:1/);
});

proxyTest('a reload changes TLS for new connections of the same address, to plain HTTP and back too', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(echo), { tls: tlsPlan([site.a]) });
  const port = proxy.port();
  const listeners = { main: { kind: 'tcp', host: '127.0.0.1', port: 0 } } as const;
  const old = await tlsPeer(world, port);
  await proxy.apply({ servers: [server], listeners, tls: tlsPlan([site.wild], { maxVersion: 'TLSv1.2' }) });
  assert.equal(proxy.port(), port);
  const fresh = await tlsPeer(world, port);
  const socket = fresh.socket as tls.TLSSocket;
  assert.equal(socket.getProtocol(), 'TLSv1.2');
  assert.equal(socket.getPeerCertificate().subject.CN, '*.wild.test');
  await proxy.apply({ servers: [server], listeners });
  const plain = await world.send(proxy, get('/plain'));
  assert.match(textOf(await readAnswer(plain)), /X-Forwarded-Proto: http\n/);
  for (const peer of [old, fresh]) {
    peer.send(get('/still'));
    assert.match(textOf(await readAnswer(peer)), /X-Forwarded-Proto: https\n/);
  }
  await proxy.apply({ servers: [server], listeners, tls: tlsPlan([site.a]) });
  const back = await tlsPeer(world, port);
  back.send(get('/back'));
  assert.match(textOf(await readAnswer(back)), /X-Forwarded-Proto: https\n/);
  plain.send(get('/plain'));
  assert.match(textOf(await readAnswer(plain)), /X-Forwarded-Proto: http\n/);
});

proxyTest('TLS that OpenSSL does not take is refused in words, and nothing changes', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(echo), { tls: tlsPlan([site.a]) });
  const tlsOf = { ...tlsPlan([site.a]), ciphers: 'NO-SUCH-CIPHER' };
  await assert.rejects(proxy.apply({ servers: [server], tls: tlsOf }), {
    code: 'listen-failed',
    message: /^Cannot speak TLS on listener main with a.test.*: OpenSSL says "/,
  });
  const peer = await tlsPeer(world, proxy.port());
  peer.send(get('/'));
  await readAnswer(peer);
});

proxyTest('TLS 1.0 and 1.1 work where the plan allows them at security level 0', async (world) => {
  const ciphers = 'TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0';
  const proxy = await tlsProxy(world, site, { tls: tlsPlan([site.a], { minVersion: 'TLSv1', ciphers }) });
  for (const [flag, version] of [
    ['-tls1', 'TLSv1'],
    ['-tls1_1', 'TLSv1.1'],
    ['-tls1_2', 'TLSv1.2'],
    ['-tls1_3', 'TLSv1.3'],
  ] as const) {
    const { output } = await sClient(proxy.port(), [flag, '-cipher', 'ALL:@SECLEVEL=0']);
    assert.match(output, new RegExp(`New, .*Cipher is \\w`), version);
    assert.match(output, new RegExp(`Protocol\\s*: ${version}$|New, TLSv1.3`, 'm'));
  }
});

proxyTest('DHE ciphers have parameters', async (world) => {
  const tls = tlsPlan([site.aRsa], { ciphers: 'TLS_AES_128_GCM_SHA256:DHE-RSA-AES128-GCM-SHA256' });
  const proxy = await tlsProxy(world, site, { tls });
  assert.match((await sClient(proxy.port(), ['-tls1_2'])).output, /Cipher is DHE-RSA-AES128-GCM-SHA256/);
});

proxyTest('PFX works as PEM does', async (world) => {
  const file = await makePfx(await world.folder(), site.a, 'secret');
  const data = (await readFile(file)).toString('base64');
  const plain = certificatePlan(site.a);
  const tls = {
    ...tlsPlan([]),
    certificates: [{ ...plain, material: { kind: 'pfx', data, passphrase: 'secret' } as const }],
  };
  const proxy = await tlsProxy(world, site, { tls });
  assert.equal(subjectIn((await sClient(proxy.port())).output), 'a.test');
});
