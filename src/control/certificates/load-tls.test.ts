import assert from 'node:assert/strict';
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  issue,
  issueCa,
  makeCa,
  makeCrl,
  makePfx,
  openssl,
  type Issued,
  type TestCa,
} from '../../../test/harness/certificates.ts';
import { needing } from '../../../test/harness/peers/needing.ts';
import { formatProblem } from '../config/config-problem.ts';
import { readConfigText } from '../config/load-config.ts';
import type { LoadedConfig, LoadResult } from '../config/load-result.ts';

const { after, before, test } = needing('openssl');

const secret = 'hunter2';

let folder: string;
let root: TestCa;
let ca: TestCa;
let www: Issued;
let rootPem: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-load-tls-'));
  root = await makeCa(folder, 'root');
  ca = await issueCa(root, 'Middle');
  www = await issue(ca, { names: ['www.example.com', '*.shop.example.com', '192.0.2.1'], days: 90 });
  rootPem = await readFile(root.certFile, 'utf8');
  await chmod(www.keyFile, 0o600);
});
after(async () => await rm(folder, { recursive: true }));

/** Loads a config with this `tls`; routes are for hosts that the certificate has, unless given. */
async function load(tls: unknown, host: string | string[] = 'www.example.com'): Promise<LoadResult> {
  const config = {
    listeners: { safe: { address: ':443', tls } },
    routes: [{ host, to: 'http://10.0.0.1' }],
    accessLog: false,
  };
  const text = JSON.stringify(config);
  return await readConfigText(text, join(folder, 'x.json'), { environment: { PW: secret }, instance: 'test' });
}

/** Problems in one line each, without the place. */
async function told(tls: unknown, host?: string | string[]): Promise<string[]> {
  const result = await load(tls, host);
  const problems = result.ok ? result.warnings : result.problems;
  for (const problem of problems) assert.ok(!formatProblem(problem).includes(secret), 'a passphrase is shown');
  return problems.map(
    ({ path, message, remedy, severity }) =>
      `${severity} ${path.slice('listeners.safe.tls.'.length)}: ${message}, ${remedy}`,
  );
}

async function only(tls: unknown, host?: string | string[]): Promise<string> {
  const found = await told(tls, host);
  assert.equal(found.length, 1, found.join('\n'));
  return found[0]!;
}

async function write(name: string, content: string, mode = 0o600): Promise<string> {
  await writeFile(join(folder, name), content, { mode });
  return name;
}

function loaded(result: LoadResult): LoadedConfig {
  assert.ok(result.ok, result.ok ? '' : result.problems.map(formatProblem).join('\n'));
  return result;
}

/** A certificate whose chain goes up to the root, so that nothing is doubtful about it. */
async function bundle(name: string, from: Issued): Promise<string> {
  return await write(name, from.key + from.chain + rootPem);
}

test('a PEM file with certificate, chain and key is loaded without a word', async () => {
  const result = loaded(await load({ certificates: await bundle('good.pem', www) }));
  assert.deepEqual(result.warnings.map(formatProblem), []);
  const tls = result.plan.listeners[0]!.tls!;
  const [certificate] = tls.certificates;
  assert.equal(certificate!.name, 'good.pem');
  assert.deepEqual(certificate!.names, ['www.example.com', '*.shop.example.com', '192.0.2.1']);
  assert.equal(certificate!.fingerprint, www.fingerprint);
  assert.ok(certificate!.material.kind === 'pem');
  assert.equal(certificate!.material.chain.match(/BEGIN CERTIFICATE/g)!.length, 3);
  assert.match(certificate!.material.key, /^-----BEGIN PRIVATE KEY-----\n/);
  assert.equal(tls.minVersion, 'TLSv1.2');
  assert.equal(tls.handshakeMs, 10_000);
  assert.equal(tls.unknownName, 'default');
});

test('certificate, key and chain may be three files, and the key encrypted', async () => {
  await openssl(folder, 'pkey', '-in', www.keyFile, '-aes128', '-passout', `pass:${secret}`, '-out', 'locked.key');
  await chmod(join(folder, 'locked.key'), 0o600);
  const chain = await write('rest.pem', `${ca.cert}${rootPem}`);
  const files = { cert: www.certFile, key: 'locked.key', chain };
  const result = loaded(await load({ certificates: { ...files, passphrase: '${PW}' } }));
  assert.deepEqual(result.warnings.map(formatProblem), []);
  assert.match(
    await only({ certificates: files }),
    /^error certificates.key: Cannot use the key "locked.key": the private key is encrypted, and there is no passphrase/,
  );
  assert.match(
    await only({ certificates: { ...files, passphrase: 'no' } }),
    /the passphrase does not open the private key/,
  );
});

test('a PFX file gives its certificate, names and chain', async () => {
  const file = await makePfx(folder, www, secret);
  await chmod(file, 0o600);
  const result = loaded(await load({ certificates: [{ pfx: file, passphrase: '${PW}' }] }));
  const [certificate] = result.plan.listeners[0]!.tls!.certificates;
  assert.equal(certificate!.fingerprint, www.fingerprint);
  assert.deepEqual(certificate!.names, www.names);
  assert.match(
    await only({ certificates: { pfx: file } }),
    /certificates.pfx: .*it is encrypted, and there is no passphrase/,
  );
  assert.match(await only({ certificates: { pfx: file, passphrase: 'no' } }), /the passphrase does not open it/);
  assert.match(
    await only({ certificates: { pfx: await bundle('not.pfx', www) } }),
    /it is PEM, not PFX, write cert: in place of pfx:/,
  );
  assert.match(await only({ certificates: { pfx: await write('junk.pfx', 'junk') } }), /it is no PFX/);
});

test('an old PFX file is refused with the way to a new one', async () => {
  await openssl(
    folder,
    ...[
      'pkcs12',
      '-export',
      '-legacy',
      '-in',
      www.chainFile,
      '-inkey',
      www.keyFile,
      '-passout',
      'pass:x',
      '-out',
      'old.pfx',
    ],
  );
  await chmod(join(folder, 'old.pfx'), 0o600);
  assert.match(
    await only({ certificates: { pfx: 'old.pfx', passphrase: 'x' } }),
    /encrypted in an old way .*openssl pkcs12 -legacy/,
  );
});

test('files that are something else are refused in words', async () => {
  await openssl(folder, 'x509', '-in', www.certFile, '-outform', 'der', '-out', 'der.crt');
  const cases: [unknown, RegExp][] = [
    ['nowhere.pem', /^error certificates: Cannot read the certificate "nowhere.pem": there is no such file/],
    ['der.crt', /it is DER \(binary\), not PEM, convert it with openssl x509/],
    [await write('empty.pem', ''), /it is empty/],
    [await write('text.pem', 'hello'), /there is no PEM block in it/],
    [await write('cut.pem', www.cert.slice(0, 200)), /the PEM block "CERTIFICATE" in it has no end/],
    [await write('broken.pem', www.cert.replace(/\n\w{8}/, '\nAAAAAAAA')), /certificate 1 in it is damaged/],
    [www.keyFile, /there is only a private key in it/],
    [www.certFile, /there is no private key in it, put the key into it, or write/],
    [
      { cert: www.certFile, key: www.certFile },
      /^error certificates.key: Cannot use the key .*there is no private key in it, name the file with the key/,
    ],
    [await write('two.pem', www.key + www.chain + ca.key), /there is more than one private key in it/],
    [{ cert: www.certFile, key: await write('other.key', ca.key) }, /the private key belongs to another certificate/],
    [
      await write('csr.pem', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n'),
      /only a request for a certificate \(CSR\)/,
    ],
    [{ key: 'x' }, /it names no certificate, add cert: or pfx:/],
    [{ pfx: 'x', key: 'y' }, /certificates.key: .*comes from the PFX file/],
  ];
  for (const [certificates, expected] of cases) assert.match(await only({ certificates }), expected);
});

test('a chain out of order is refused with the right order', async () => {
  const swapped = await write('swapped.pem', www.key + www.cert + rootPem + ca.cert);
  assert.match(
    await only({ certificates: swapped }),
    /the chain is out of order: .*put them in this order: "www.example.com", "Middle", "Test root"$/,
  );
  const last = await write('last.pem', www.key + ca.cert + www.cert);
  assert.match(await only({ certificates: last }), /the chain is out of order: the certificate of the key is number 2/);
});

test('what is doubtful about a certificate is a warning each, and it is used', async () => {
  const bare = await write('bare.pem', www.key + www.cert);
  assert.match(
    await only({ certificates: bare }),
    /^warning certificates: The certificate "bare.pem" ends at "Middle", which is no root/,
  );
  const foreign = await makeCa(folder, 'foreign');
  const stranger = await write('stranger.pem', www.key + www.chain + rootPem + foreign.cert);
  assert.match(await only({ certificates: stranger }), /not of its chain: "Test foreign"/);
  const twice = await write('twice.pem', www.key + www.chain + rootPem + ca.cert);
  assert.match(await only({ certificates: twice }), /comes with a certificate of its chain twice/);
  const good = await bundle('same.pem', www);
  assert.match(await only({ certificates: [good, good] }), /certificates\[1\]: .* is on this listener twice/);
});

test('dates are warnings: a restart must not take the site down', async () => {
  const names = ['www.example.com'];
  const gone = await bundle('gone.pem', await issue(ca, { names, days: -3 }));
  assert.match(
    await only({ certificates: gone }),
    /expired 3 days ago \(\d{4}-\d\d-\d\d\): clients refuse it, renew it/,
  );
  const soon = await bundle('soon.pem', await issue(ca, { names, days: 1 }));
  assert.deepEqual(await told({ certificates: soon }), [], 'it lives for a day only');
});

test('weak keys, odd curves and old signatures are warned of, and refused where OpenSSL refuses them', async () => {
  const names = ['www.example.com'];
  const weak = await bundle('weak.pem', await issue(ca, { names, days: 90, key: 'rsa', bits: 1024 }));
  const [first, second] = await told({ certificates: weak });
  assert.match(first!, /^warning .*has an RSA key of 1024 bits/);
  assert.match(second!, /^error .*OpenSSL refuses its key, which is too small, use an RSA key of at least 2048 bits/);
  await openssl(
    folder,
    ...[
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:secp256k1',
      '-nodes',
      '-keyout',
      'k1.key',
      '-out',
      'k1.crt',
      '-days',
      '90',
      '-subj',
      '/CN=www.example.com',
      '-sha1',
    ],
  );
  await chmod(join(folder, 'k1.key'), 0o600);
  const found = await told({ certificates: { cert: 'k1.crt', key: 'k1.key' } });
  for (const each of [
    /names no host in its subject alternative name/,
    /has a key on secp256k1/,
    /is signed with SHA-?1, which can be forged/,
    /is signed by itself/,
  ]) {
    assert.ok(
      found.some((text) => each.test(text)),
      `${each} in\n${found.join('\n')}`,
    );
  }
});

test('a certificate for clients is no certificate for a server', async () => {
  const client = await bundle('client.pem', await issue(ca, { names: ['www.example.com'], days: 90, use: 'client' }));
  assert.match(await only({ certificates: client }), /is not for servers/);
});

test('a key that others can read is warned of with the command that mends it', async () => {
  await copyFile(www.keyFile, join(folder, 'open.key'));
  await chmod(join(folder, 'open.key'), 0o640);
  const chain = await write('above.pem', `${www.chain}${rootPem}`);
  assert.match(
    await only({ certificates: { cert: chain, key: 'open.key' } }),
    /^warning certificates.key: The key "open.key" holds a private key and can be read by other users \(mode 0640\), run chmod 600 "open.key"$/,
  );
});

test('client authorities and revocation lists are read, lists as DER too', async () => {
  const certificates = await bundle('server.pem', www);
  await write('clients.pem', root.cert);
  await write('root.crl', await makeCrl(root, []));
  await openssl(folder, 'crl', '-in', 'root.crl', '-outform', 'der', '-out', 'der.crl');
  const result = loaded(await load({ certificates, clientCertificates: { ca: 'clients.pem', crls: ['der.crl'] } }));
  assert.deepEqual(result.warnings.map(formatProblem), []);
  const clients = result.plan.listeners[0]!.tls!.clientCertificates!;
  assert.equal(clients.crls[0], (await readFile(join(folder, 'root.crl'), 'utf8')).replace(/^[^-]*/, ''));
  const ask = async (authorities: string, crls: string[] = []): Promise<string> =>
    await only({ certificates, clientCertificates: { ca: authorities, crls } });
  assert.match(await ask(www.keyFile), /clientCertificates.ca: Cannot use the authority file .*only a private key/);
  assert.match(
    await ask('clients.pem', [www.certFile]),
    /clientCertificates.crls\[0\]: Cannot use the revocation list .*only a certificate in it/,
  );
  assert.match(await ask(www.certFile), /holds "www.example.com", which is no authority/);
  await write('both.pem', root.cert + ca.cert);
  assert.match(await ask('both.pem', ['root.crl']), /holds "Middle", of which there is no revocation list/);
  await openssl(folder, ...['x509', '-in', root.certFile, '-noout']);
});

test('hosts that no certificate covers are warned of; a star is one label', async () => {
  const certificates = await bundle('cover.pem', www);
  assert.deepEqual(
    await told({ certificates }, ['www.example.com', '*.shop.example.com', 'a.shop.example.com', '192.0.2.1']),
    [],
  );
  const result = await load({ certificates }, ['shop.example.com', 'a.b.shop.example.com', '*.example.com']);
  assert.deepEqual(
    loaded(result).warnings.map(({ path, message }) => `${path}: ${message}`),
    ['shop.example.com', 'a.b.shop.example.com', '*.example.com'].map(
      (host, i) =>
        `routes[0].host[${i}]: No certificate of the listener "safe" is for the host "${host}": browsers warn of it`,
    ),
  );
});

test('what is kept for loading anew can be posted, and facts hold no key', async () => {
  const result = loaded(await load({ certificates: await bundle('facts.pem', www) }));
  structuredClone(result);
  const { certificates } = result.tls!;
  assert.deepEqual(
    [certificates[0]!.listener, certificates[0]!.name, certificates[0]!.issuer],
    ['safe', 'facts.pem', 'Middle'],
  );
  assert.ok(Math.abs(certificates[0]!.notAfter - Date.now() - 90 * 86_400_000) < 3_600_000);
  assert.ok(!JSON.stringify(certificates).includes('PRIVATE'));
});
