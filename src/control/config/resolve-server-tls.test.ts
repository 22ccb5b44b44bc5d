import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';

import { issue, makeCa, makePfx, openssl, type Issued, type TestCa } from '../../../test/harness/certificates.ts';
import { needing } from '../../../test/harness/peers/needing.ts';
import type { PoolPlan, ServerTlsPlan } from '../../proxy/index.ts';
import { readConfigText } from './load-config.ts';
import type { LoadResult } from './load-result.ts';

const { after, before, test } = needing('openssl');

let folder: string;
let ca: TestCa;
let other: TestCa;
let client: Issued;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'postern-'));
  [ca, other] = [await makeCa(folder), await makeCa(folder, 'other')];
  client = await issue(ca, { commonName: 'client', use: 'client' });
  for (const { keyFile } of [ca, other, client]) await chmod(keyFile, 0o600);
});

after(() => rm(folder, { recursive: true }));

/** A config with this under `tls` of its only pool. */
async function load(settings: object): Promise<LoadResult> {
  const value = {
    listeners: { web: { address: '127.0.0.1:8080' } },
    routes: [{ to: 'app' }],
    pools: { app: { servers: ['https://app.test'], tls: settings } },
  };
  return readConfigText(JSON.stringify(value), path.join(folder, 'x.json'), { environment: {}, instance: 'test' });
}

async function planOf(settings: object): Promise<ServerTlsPlan> {
  const result = await load(settings);
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.warnings, []);
  const [pool]: readonly (PoolPlan | undefined)[] = result.plan.pools;
  return pool!.tls;
}

async function problemOf(settings: object): Promise<string> {
  const result = await load(settings);
  assert.ok(result.ok);
  const errors = result.warnings.filter(({ severity }) => severity === 'error');
  assert.equal(errors.length, 1, JSON.stringify(errors));
  const { message, remedy, path: key } = errors[0]!;
  assert.equal(result.plan.routes[0]!.disabled?.reason, message);
  return `${key}: ${message}, ${remedy}`;
}

test('authorities of one file or several are read, and a change of a file is a change of the config', async () => {
  const one = await planOf({ ca: path.basename(ca.certFile) });
  const both = await planOf({ ca: [ca.certFile, other.certFile] });
  tls.createSecureContext({ ca: one.ca });
  assert.equal(both.ca!.split('BEGIN CERTIFICATE').length, 3);
  const result = await load({ ca: ca.certFile });
  assert.ok(result.ok && result.files.includes(ca.certFile));
});

test('a certificate of our own is read from one PEM file, several, encrypted ones, and PFX', async () => {
  const [one, locked] = [path.join(folder, 'one.pem'), path.join(folder, 'locked.key')];
  await writeFile(one, client.cert + client.key, { mode: 0o600 });
  await openssl(folder, 'pkey', '-in', client.keyFile, '-aes256', '-passout', 'pass:secret', '-out', locked);
  const pfx = await makePfx(folder, client, 'secret');
  for (const file of [locked, pfx]) await chmod(file, 0o600);
  const forms = [
    one,
    { cert: client.certFile, key: client.keyFile, chain: ca.certFile },
    { cert: client.certFile, key: locked, passphrase: 'secret' },
    { pfx, passphrase: 'secret' },
  ];
  for (const certificate of forms) {
    const { certificate: material } = await planOf({ certificate });
    if (material?.kind === 'pem') tls.createSecureContext({ cert: material.chain, key: material.key });
    else tls.createSecureContext({ pfx: Buffer.from(material!.data, 'base64'), passphrase: material!.passphrase });
  }
});

test('files that cannot be used are told of in words at the key that names them, and disable the routes to the pool', async () => {
  const broken = path.join(folder, 'broken.pem');
  await writeFile(broken, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', { mode: 0o600 });
  const noPfx = path.join(folder, 'no.pfx');
  await writeFile(noPfx, client.cert, { mode: 0o600 });
  const cases: readonly (readonly [object, RegExp])[] = [
    [
      { ca: client.keyFile },
      /^pools\.app\.tls\.ca: Cannot use the authority file .*only a private key in it, name a PEM/,
    ],
    [{ ca: [ca.certFile, broken] }, /^pools\.app\.tls\.ca\[1\]: .*certificate 1 in it is damaged/],
    [{ ca: 'none.pem' }, /^pools\.app\.tls\.ca: Cannot read the authority file "none\.pem": there is no such file/],
    [{ certificate: client.certFile }, /^pools\.app\.tls\.certificate: .*there is no private key in it/],
    [{ certificate: { cert: client.certFile, key: other.keyFile } }, /^pools\.app\.tls\.certificate\.key: .*belong/],
    [{ certificate: { pfx: noPfx } }, /^pools\.app\.tls\.certificate\.pfx: .*it is PEM, not PFX/],
  ];
  for (const [settings, words] of cases) assert.match(await problemOf(settings), words);
});

test('an expired certificate of our own is warned of, and verify: false, with pins too', async () => {
  const old = await issue(ca, { commonName: 'old', days: -2 });
  await chmod(old.keyFile, 0o600);
  const result = await load({ certificate: { cert: old.certFile, key: old.keyFile } });
  assert.ok(result.ok);
  assert.match(result.warnings.map(({ message }) => message).join(), /has expired: servers refuse it/);
  const pinned = await load({ verify: false, pins: ['sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='] });
  assert.ok(pinned.ok);
  assert.match(pinned.warnings.map(({ message }) => message).join(), /known by their keys alone/);
});
