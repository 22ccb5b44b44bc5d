import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { CertificatePlan, ListenerPlan } from '../../proxy/index.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { keepCertificates } from './keep-certificates.ts';

function certificate(name: string, fingerprint = name): CertificatePlan {
  return { name, material: { kind: 'pem', chain: '', key: '' }, names: [], fingerprint };
}

function listener(name: string, ...certificates: readonly CertificatePlan[]): ListenerPlan {
  return { name, tls: { certificates } } as unknown as ListenerPlan;
}

const plain = { name: 'http', tls: undefined } as unknown as ListenerPlan;

interface Parts {
  readonly closed?: readonly ListenerPlan[];
  readonly lost?: readonly string[];
}

/** @param lost `listener index name` each. */
function config(open: readonly ListenerPlan[], { closed, lost }: Parts = {}): LoadedConfig {
  const facts = open.flatMap(({ name, tls }) =>
    (tls?.certificates ?? []).map(({ fingerprint }) => ({ listener: name, fingerprint })),
  );
  const gone = lost?.map((each) => {
    const [of, at, name] = each.split(' ');
    return { listener: of, at: Number(at), name, reason: 'gone', kept: false };
  });
  return {
    plan: { listeners: open, routes: [] },
    tls: { sources: {}, certificates: facts, ...(gone && { lost: gone }) },
    ...(closed && { closed }),
  } as unknown as LoadedConfig;
}

function shown({ plan, closed = [], tls }: LoadedConfig): string[] {
  const open = plan.listeners.map((each) => `${each.name}: ${each.tls?.certificates.map((c) => c.fingerprint).join()}`);
  const kept = (tls?.lost ?? []).map((each) => `${each.name} ${each.kept ? 'kept' : 'lost'}`);
  return [...open, ...closed.map(({ name }) => `closed: ${name}`), ...kept];
}

test('keepCertificates() leaves a config alone of which nothing is missing', () => {
  const next = config([plain, listener('https', certificate('a'))]);
  assert.equal(keepCertificates(next, config([listener('https', certificate('a', 'old'))])), next);
});

test('keepCertificates() opens a listener that lost its only certificate with the one in force', () => {
  const next = config([plain], { closed: [listener('https')], lost: ['https 0 a'] });
  const kept = keepCertificates(next, config([plain, listener('https', certificate('a', 'old'))]));
  assert.deepEqual(shown(kept), ['http: undefined', 'https: old', 'a kept']);
  assert.deepEqual(kept.tls!.certificates, [{ listener: 'https', fingerprint: 'old' }]);
});

test('keepCertificates() puts one of several back in its place, and leaves out what never was', () => {
  const next = config([listener('https', certificate('a'), certificate('d'))], { lost: ['https 1 b', 'https 2 c'] });
  const before = config([listener('https', certificate('b', 'old'), certificate('x'))]);
  assert.deepEqual(shown(keepCertificates(next, before)), ['https: a,old,d', 'b kept', 'c lost']);
});

test('keepCertificates() keeps all that a listener had rather than close it, whatever they are called now', () => {
  const next = config([], { closed: [listener('https')], lost: ['https 0 new'] });
  const before = config([listener('https', certificate('a'), certificate('b'))]);
  assert.deepEqual(shown(keepCertificates(next, before)), ['https: a,b', 'new kept']);
});

test('keepCertificates() leaves closed what was not there before, also where it spoke without TLS', () => {
  const next = config([plain], { closed: [listener('https')], lost: ['https 0 a'] });
  const before = config([plain, { ...plain, name: 'https' }]);
  assert.equal(keepCertificates(next, before), next);
});

test('keepCertificates() takes none of two that it cannot tell apart', () => {
  const next = config([listener('https', certificate('a'))], { lost: ['https 1 ***'] });
  const before = config([listener('https', certificate('***', 'one'), certificate('***', 'two'))]);
  assert.equal(keepCertificates(next, before), next);
});
