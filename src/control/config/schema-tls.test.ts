import assert from 'node:assert/strict';
import { createSecureContext } from 'node:tls';
import { test } from 'node:test';

import { readConfigText } from './load-config.ts';
import { tlsSchema } from './schema-tls.ts';

/** What the schema makes of a `tls` with one certificate. */
function chosen(tls: object): {
  readonly minVersion: string;
  readonly maxVersion: string;
  readonly ciphers: string;
  readonly groups: string;
} {
  const { minVersion, maxVersion, ciphers, groups } = tlsSchema.parse({ certificates: 'a.pem', ...tls });
  return { minVersion, maxVersion, ciphers, groups };
}

/** The complaints about a `tls` that come from the schema: the certificate is not there, which is not what this is about. */
async function complaints(tls: object): Promise<string[]> {
  const config = {
    listeners: { a: { address: ':1', tls: { certificates: 'nowhere.pem', ...tls } } },
    routes: [{ to: 'http://10.0.0.1' }],
  };
  const result = await readConfigText(JSON.stringify(config), 'x.json', { environment: {}, instance: 'test' });
  assert.ok(!result.ok);
  return result.problems
    .filter(({ message }) => !message.includes('nowhere.pem'))
    .map(({ path, message, remedy }) => `${path.slice('listeners.a.tls.'.length)}: ${message}, ${remedy}`);
}

test('every preset is something that OpenSSL takes as a whole', () => {
  for (const preset of ['modern', 'intermediate', 'old']) {
    const { ciphers, groups, minVersion, maxVersion } = chosen({ preset });
    for (const cipher of ciphers.split(':')) {
      if (!cipher.startsWith('@')) createSecureContext({ ciphers: cipher });
    }
    createSecureContext({ ciphers, ecdhCurve: groups, minVersion, maxVersion } as object);
  }
});

test('presets differ in versions and ciphers; only the old one lowers OpenSSL’s level', () => {
  assert.deepEqual(
    [chosen({ preset: 'modern' }).minVersion, chosen({}).minVersion, chosen({ preset: 'old' }).minVersion],
    ['TLSv1.3', 'TLSv1.2', 'TLSv1'],
  );
  assert.doesNotMatch(chosen({ preset: 'modern' }).ciphers, /ECDHE/);
  assert.doesNotMatch(chosen({}).ciphers, /SECLEVEL|-SHA(:|$)/);
  assert.match(chosen({ preset: 'old' }).ciphers, /^TLS_.*AES128-SHA:.*:@SECLEVEL=0$/);
});

test('versions take the place of the preset’s, and its ciphers follow', () => {
  const old = chosen({ minVersion: '1.0' });
  assert.match(old.ciphers, /ECDHE-RSA-AES128-SHA:.*@SECLEVEL=0$/);
  const newest = chosen({ minVersion: '1.3' });
  assert.doesNotMatch(newest.ciphers, /ECDHE/);
  const only12 = chosen({ preset: 'modern', maxVersion: '1.2' });
  assert.deepEqual([only12.minVersion, only12.maxVersion], ['TLSv1.2', 'TLSv1.2']);
  assert.match(only12.ciphers, /^ECDHE-ECDSA-AES128-GCM-SHA256:/);
});

test('ciphers and groups take the place of the preset’s, in the order given', () => {
  const { ciphers, groups } = chosen({
    ciphers: ['tls_aes_256_gcm_sha384', 'ECDHE-RSA-AES256-GCM-SHA384'],
    groups: ['P-384', 'X25519MLKEM768'],
  });
  assert.equal(ciphers, 'TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES256-GCM-SHA384');
  assert.equal(groups, 'P-384:X25519MLKEM768');
});

test('what is unknown is refused with what is near', async () => {
  assert.deepEqual(await complaints({ ciphers: ['TLS_AES_128_GCM_SHA265'] }), [
    'ciphers[0]: Cannot use "TLS_AES_128_GCM_SHA265": it is no cipher that OpenSSL can use with a certificate, write "TLS_AES_128_GCM_SHA256"',
  ]);
  assert.match(
    (await complaints({ ciphers: ['PSK-AES128-CBC-SHA'] }))[0]!,
    /no cipher that OpenSSL can use with a certificate/,
  );
  assert.match((await complaints({ groups: ['X25591'] }))[0]!, /groups\[0\]: .*it is no group .*write "X25519"/);
  assert.match((await complaints({ groups: ['P-256:P-384'] }))[0]!, /it is no group/);
  assert.match(
    (await complaints({ minVersion: '1.4' }))[0]!,
    /it is no version of TLS, write "1.0", "1.1", "1.2" or "1.3"/,
  );
  assert.match((await complaints({ minVersion: 1.2 }))[0]!, /a text is needed here, write it in quotes/);
  assert.match((await complaints({ minVersion: 1 }))[0]!, /write "1.0"/);
  assert.match((await complaints({ preset: 'modren' }))[0]!, /did you mean "modern"/);
});

test('what contradicts itself is refused', async () => {
  assert.match(
    (await complaints({ minVersion: '1.3', maxVersion: '1.2' }))[0]!,
    /^maxVersion: .*the oldest version \(1.3\) is newer than the newest \(1.2\)/,
  );
  assert.match(
    (await complaints({ ciphers: ['ECDHE-RSA-AES128-GCM-SHA256'] }))[0]!,
    /^ciphers: .*no cipher of the list is for TLS 1.3, which is allowed here, add one \(for example TLS_AES_128_GCM_SHA256\), or lower maxVersion/,
  );
  assert.match(
    (await complaints({ minVersion: '1.1', ciphers: ['TLS_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'] }))[0]!,
    /no cipher of the list is for TLS 1.1/,
  );
  assert.match(
    (await complaints({ preset: 'modern', ciphers: ['TLS_AES_128_GCM_SHA256', 'AES128-SHA'] }))[0]!,
    /no version of TLS that is allowed here can use AES128-SHA/,
  );
});
