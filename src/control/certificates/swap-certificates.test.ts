import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ListenerTlsPlan } from '../../proxy/index.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { withCertificates } from './swap-certificates.ts';
import type { TlsPart, TlsParts } from './tls-parts.ts';

function tls(key: string, clientCertificates?: ListenerTlsPlan['clientCertificates']): ListenerTlsPlan {
  const certificate = {
    name: 'a.pem',
    material: { kind: 'pem', chain: '', key },
    names: [],
    fingerprint: key,
  } as const;
  return { certificates: [certificate], clientCertificates } as unknown as ListenerTlsPlan;
}

/** A config with a plain listener and one with TLS. */
function config(key: string, clients?: ListenerTlsPlan['clientCertificates']): LoadedConfig {
  const listeners = [{ name: 'http' }, { name: 'https', tls: tls(key, clients) }];
  const sources = { file: '', folder: '/', shown: new Map(), listeners: [] };
  return { plan: { listeners, routes: [] }, tls: { sources, certificates: [] } } as unknown as LoadedConfig;
}

function parts(plan: ListenerTlsPlan, more: Partial<TlsPart> = {}): TlsParts {
  return { listeners: [{ listener: 'https', plan, lost: [], clientsLost: false, ...more }], certificates: [] };
}

test('withCertificates() leaves a config alone whose certificates are as before', () => {
  const before = config('one');
  assert.equal(withCertificates(before, parts(tls('one'))), before);
});

test('withCertificates() changes the listener whose certificate is another, and no other', () => {
  const before = config('one');
  const after = withCertificates(before, parts(tls('two')));
  assert.equal(after.plan.listeners[0], before.plan.listeners[0]);
  assert.equal(after.plan.listeners[1]!.tls!.certificates[0]!.fingerprint, 'two');
  assert.equal(before.plan.listeners[1]!.tls!.certificates[0]!.fingerprint, 'one');
});

test('withCertificates() keeps a certificate that cannot be used any more, while another of the listener is renewed', () => {
  const before = config('one');
  const lost = [{ at: 0, name: 'a.pem', reason: 'gone' }];
  assert.equal(withCertificates(before, parts({ ...tls('x'), certificates: [] }, { lost })), before);
  const [renewed] = tls('two').certificates;
  const plan = { ...tls('x'), certificates: [{ ...renewed!, name: 'b.pem' }] };
  const after = withCertificates(before, parts(plan, { lost }));
  assert.deepEqual(
    after.plan.listeners[1]!.tls!.certificates.map(({ fingerprint }) => fingerprint),
    ['one', 'two'],
  );
});

test('withCertificates() goes on judging clients as before, where their authorities cannot be read', () => {
  const clients = { ca: 'CA', crls: ['CRL'] };
  const before = config('one', clients);
  assert.equal(withCertificates(before, parts(tls('one'), { clientsLost: true })), before);
  const after = withCertificates(before, parts(tls('two'), { clientsLost: true }));
  assert.deepEqual(after.plan.listeners[1]!.tls!.clientCertificates, clients);
});
