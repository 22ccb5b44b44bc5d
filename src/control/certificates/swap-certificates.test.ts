import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ListenerTlsPlan } from '../../proxy/index.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { withCertificates } from './swap-certificates.ts';

function tls(key: string): ListenerTlsPlan {
  const certificate = {
    name: 'a.pem',
    material: { kind: 'pem', chain: '', key },
    names: [],
    fingerprint: key,
  } as const;
  return { certificates: [certificate] } as unknown as ListenerTlsPlan;
}

/** A config with a plain listener and one with TLS. */
function config(key: string): LoadedConfig {
  const listeners = [{ name: 'http' }, { name: 'https', tls: tls(key) }];
  const sources = { file: '', folder: '/', shown: new Map(), listeners: [] };
  return { plan: { listeners }, tls: { sources, certificates: [] } } as unknown as LoadedConfig;
}

test('withCertificates() leaves a config alone whose certificates are as before', () => {
  const before = config('one');
  assert.equal(withCertificates(before, { plans: new Map([['https', tls('one')]]), certificates: [] }), before);
});

test('withCertificates() changes the listener whose certificate is another, and no other', () => {
  const before = config('one');
  const after = withCertificates(before, { plans: new Map([['https', tls('two')]]), certificates: [] });
  assert.equal(after.plan.listeners[0], before.plan.listeners[0]);
  assert.equal(after.plan.listeners[1]!.tls!.certificates[0]!.fingerprint, 'two');
  assert.equal(before.plan.listeners[1]!.tls!.certificates[0]!.fingerprint, 'one');
});
