import { freePort } from '../harness/free-port.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connect, type ConnectionOptions, type SecureVersion } from 'node:tls';

import type { RunningPostern } from '../../src/control/running-postern.ts';
import type { Logger } from '../../src/core/log.ts';
import { startPostern } from '../../src/server.ts';
import { issue, makeCa, openssl, type Issued, type TestCa } from '../harness/certificates.ts';
import { needing } from '../harness/peers/needing.ts';
import { until } from '../harness/until.ts';

const { test } = needing('openssl');

const swapped = 'info: The new certificates are in force';

interface Scene {
  readonly folder: string;
  readonly ca: TestCa;
  /** Messages of the log, each with its level. */
  readonly told: readonly string[];
  start(tls: object, threads?: 0 | 1): Promise<RunningPostern>;
  writeConfig(tls: object): Promise<void>;
}

async function scene(t: TestContext): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-certificates-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const ca = await makeCa(folder);
  const told: string[] = [];
  const add =
    (level: string): Logger['info'] =>
    (message) =>
      void told.push(`${level}: ${message}`);
  const log: Logger = { debug: () => {}, info: add('info'), warn: add('warn'), error: add('error') };
  const config = join(folder, 'postern.json');
  const writeConfig = async (tls: object): Promise<void> => {
    const listeners = { safe: { address: '127.0.0.1:0', tls } };
    await writeFile(config, JSON.stringify({ listeners, routes: [{ to: 'http://127.0.0.1:1' }], accessLog: false }));
  };
  const start = async (tls: object, threads: 0 | 1 = 0): Promise<RunningPostern> => {
    await writeConfig(tls);
    const postern = await startPostern({ config, threads, log });
    t.after(() => postern.stop({ now: true }));
    return postern;
  };
  return { folder, ca, told, start, writeConfig };
}

/** Puts a certificate with key and chain where the config expects it, as renewals do: beside it, then over it. */
async function put(file: string, { key, cert }: Issued, ca: TestCa): Promise<void> {
  await writeFile(`${file}.new`, key + cert + ca.cert, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

interface Shaken {
  readonly protocol: string | null;
  readonly cipher: string;
  readonly fingerprint: string | undefined;
}

function shake(postern: RunningPostern, options: ConnectionOptions = {}): Promise<Shaken> {
  const [host, port] = postern.listeners[0]!.address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host!, port: Number(port), rejectUnauthorized: false, ...options });
    socket.on('error', reject);
    socket.on('secureConnect', () => {
      const fingerprint = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase();
      resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().name, fingerprint });
      socket.destroy();
    });
  });
}

function offering(version: SecureVersion): ConnectionOptions {
  return { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
}

interface Responder {
  readonly folder: string;
  readonly ca: TestCa;
  readonly port: number;
  readonly certificate: Issued;
}

/** The responder of openssl, which says that the certificate is good. */
async function serveOcsp(t: TestContext, { folder, ca, port, certificate }: Responder): Promise<void> {
  const { serialNumber, validToDate } = new X509Certificate(certificate.cert);
  const end = validToDate.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '');
  await writeFile(join(folder, 'index.txt'), `V\t${end}Z\t\t${serialNumber}\tunknown\t/CN=www.example.com\n`);
  const keys = ['-rsigner', ca.certFile, '-rkey', ca.keyFile, '-CA', ca.certFile];
  const args = ['ocsp', '-index', 'index.txt', '-port', String(port), ...keys, '-nmin', '60', '-ignore_err'];
  const child = spawn('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => void (said += String(text)));
  await until('the responder', () => said.includes('waiting for OCSP client connections'));
}

/** The response that comes with a handshake; undefined: none. */
function staple(postern: RunningPostern): Promise<Buffer | undefined> {
  const [host, port] = postern.listeners[0]!.address.split(':');
  return new Promise((resolve, reject) => {
    let response: Buffer | undefined;
    const options = { host: host!, port: Number(port), rejectUnauthorized: false, requestOCSP: true };
    const socket = connect(options, () => {
      resolve(response);
      socket.destroy();
    });
    socket.on('OCSPResponse', (bytes: Buffer | null) => void (response = bytes ?? undefined));
    socket.on('error', reject);
  });
}

test('a renewed certificate is served without a restart, and a bad one keeps the one before', async (t) => {
  const { folder, ca, told, start } = await scene(t);
  const file = join(folder, 'www.pem');
  const first = await issue(ca, { names: ['www.example.com'], days: 90 });
  await put(file, first, ca);
  const postern = await start({ certificates: 'www.pem' });
  assert.equal((await shake(postern)).fingerprint, first.fingerprint);
  const second = await issue(ca, { names: ['www.example.com'], days: 90 });
  await put(file, second, ca);
  await until('the new certificate', () => told.includes(swapped));
  assert.equal((await shake(postern)).fingerprint, second.fingerprint);
  assert.equal((await postern.status()).certificates[0]!.fingerprint, second.fingerprint);
  await writeFile(file, 'half of it');
  const refusals = (): number => told.filter((text) => text.includes('those before stay in force')).length;
  await until('a refusal', () => refusals() > 0);
  assert.ok(told.some((text) => text.startsWith('error: ') && text.includes('there is no PEM block in it')));
  assert.equal((await shake(postern)).fingerprint, second.fingerprint);
  const result = await postern.swapCertificates();
  assert.equal(result, 'taken');
  assert.equal((await shake(postern)).fingerprint, second.fingerprint);
});

test('a turned link counts as a change, as certbot and Kubernetes do it', async (t) => {
  const { folder, ca, told, start } = await scene(t);
  for (const name of ['one', 'two']) await mkdir(join(folder, name));
  const [first, second] = [await issue(ca, { names: ['a.example'] }), await issue(ca, { names: ['a.example'] })];
  await put(join(folder, 'one', 'tls.pem'), first, ca);
  await put(join(folder, 'two', 'tls.pem'), second, ca);
  await symlink('one', join(folder, '..data'));
  await symlink(join('..data', 'tls.pem'), join(folder, 'tls.pem'));
  const postern = await start({ certificates: 'tls.pem' });
  assert.equal((await shake(postern)).fingerprint, first.fingerprint);
  await symlink('two', join(folder, '..new'));
  await rename(join(folder, '..new'), join(folder, '..data'));
  await until('the new certificate', () => told.includes(swapped));
  assert.equal((await shake(postern)).fingerprint, second.fingerprint);
});

test('certificates are swapped for those of the config in force, not of one that is being edited', async (t) => {
  const { folder, ca, start, writeConfig } = await scene(t);
  const file = join(folder, 'www.pem');
  await put(file, await issue(ca, { names: ['www.example.com'] }), ca);
  const postern = await start({ certificates: 'www.pem' }, 1);
  await writeConfig({ certificates: 'nowhere.pem' });
  const second = await issue(ca, { names: ['www.example.com'] });
  await put(file, second, ca);
  assert.equal(await postern.swapCertificates(), 'taken');
  assert.equal((await shake(postern)).fingerprint, second.fingerprint);
  const reload = await postern.reload();
  assert.ok(reload.ok);
  assert.match(reload.disabled[0]!.reason, /nowhere\.pem.*what was in force stays so/);
  await unlink(file);
  assert.equal((await shake(postern)).fingerprint, second.fingerprint);
});

test('`postern reload` loads certificates anew, too', async (t) => {
  const { folder, ca, start } = await scene(t);
  const file = join(folder, 'www.pem');
  await put(file, await issue(ca, { names: ['www.example.com'] }), ca);
  const postern = await start({ certificates: 'www.pem' }, 1);
  const second = await issue(ca, { names: ['www.example.com'] });
  await put(file, second, ca);
  const result = await postern.reload();
  assert.ok(result.ok && result.changed);
  assert.equal((await shake(postern)).fingerprint, second.fingerprint);
});

test('presets and versions are kept in handshakes, TLS 1.0 and 1.1 too', async (t) => {
  const { folder, ca, start } = await scene(t);
  const file = join(folder, 'www.pem');
  await put(file, await issue(ca, { names: ['www.example.com'], key: 'rsa' }), ca);
  const all: SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
  const cases: [object, SecureVersion[]][] = [
    [{ preset: 'modern' }, ['TLSv1.3']],
    [{}, ['TLSv1.2', 'TLSv1.3']],
    [{ preset: 'old' }, all],
    [{ minVersion: '1.0', maxVersion: '1.0' }, ['TLSv1']],
    [{ minVersion: '1.1', maxVersion: '1.2' }, ['TLSv1.1', 'TLSv1.2']],
  ];
  for (const [tls, expected] of cases) {
    const postern = await start({ certificates: 'www.pem', ...tls });
    for (const version of all) {
      const done = shake(postern, offering(version)).then(({ protocol }) => protocol);
      if (expected.includes(version)) assert.equal(await done, version, JSON.stringify(tls));
      else
        await assert.rejects(
          done,
          /protocol version|alert|unsupported|disconnected|reset/i,
          `${version} ${JSON.stringify(tls)}`,
        );
    }
    await postern.stop({ now: true });
  }
});

test('a PFX file is served with its chain', async (t) => {
  const { folder, ca, start } = await scene(t);
  const www = await issue(ca, { names: ['www.example.com'] });
  await openssl(
    folder,
    ...[
      'pkcs12',
      '-export',
      '-in',
      www.certFile,
      '-inkey',
      www.keyFile,
      '-certfile',
      ca.certFile,
      '-passout',
      'pass:x',
      '-out',
      'www.pfx',
    ],
  );
  const postern = await start({ certificates: { pfx: 'www.pfx', passphrase: 'x' } });
  assert.equal((await shake(postern)).fingerprint, www.fingerprint);
});

test('an OCSP response of the authority is sent along, and a client gets it as it is', async (t) => {
  const { folder, ca, told, start } = await scene(t);
  const port = await freePort();
  const extensions = [`authorityInfoAccess=OCSP;URI:http://127.0.0.1:${port}/`];
  const www = await issue(ca, { names: ['www.example.com'], extensions });
  await put(join(folder, 'www.pem'), www, ca);
  await serveOcsp(t, { folder, ca, port, certificate: www });
  const postern = await start({ certificates: 'www.pem', ocspStapling: true });
  let response: Buffer | undefined;
  for (let i = 0; i < 800 && response === undefined; i++) {
    await new Promise((resolve) => void setTimeout(resolve, 25));
    response = await staple(postern);
  }
  assert.ok(response, `no response was stapled: ${told.join('\n')}`);
  await writeFile(join(folder, 'staple.der'), response);
  const text = await openssl(folder, ...['ocsp', '-respin', 'staple.der', '-noverify', '-text']);
  assert.match(text, /Cert Status: good/);
});

test('status lists certificates, and nothing that is logged or shown holds a key or a passphrase', async (t) => {
  const { folder, ca, told, start } = await scene(t);
  await put(join(folder, 'www.pem'), await issue(ca, { names: ['www.example.com'], days: 20 }), ca);
  const postern = await start({ certificates: [{ cert: 'www.pem', passphrase: 'hunter2' }] });
  const status = await postern.status();
  const [certificate] = status.certificates;
  assert.deepEqual(
    [certificate!.listener, certificate!.name, certificate!.names],
    ['safe', 'www.pem', ['www.example.com']],
  );
  assert.ok(certificate!.daysLeft === 19 || certificate!.daysLeft === 20, String(certificate!.daysLeft));
  assert.doesNotMatch(JSON.stringify([status, told]), /PRIVATE|hunter2/);
});
