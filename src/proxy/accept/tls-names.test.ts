import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificatePlan } from '../tls-plan.ts';
import { CertificateIndex, normaliseServerName } from './tls-names.ts';

const certificate = (name: string, ...names: string[]): CertificatePlan => ({
  name,
  material: { kind: 'pem', chain: '', key: '' },
  names,
  fingerprint: name,
});

/** The names of the certificates that a client gets. */
function found(index: CertificateIndex, serverName: string): string {
  return (index.find(serverName)?.certificates ?? []).map(({ name }) => name).join('+');
}

test('find() prefers the exact name, then the wildcard over one label', () => {
  const index = new CertificateIndex([
    certificate('wild', '*.a.test'),
    certificate('exact', 'b.a.test'),
    certificate('bare', 'a.test'),
  ]);
  assert.equal(found(index, 'b.a.test'), 'exact');
  assert.equal(found(index, 'c.a.test'), 'wild');
  assert.equal(found(index, 'a.test'), 'bare');
  for (const name of ['d.c.a.test', '.a.test', 'test', '', '*.a.tes', 'xa.test']) assert.equal(found(index, name), '');
});

test('find() gives certificates for all the same names together, in any order of names, and else the first', () => {
  const index = new CertificateIndex([
    certificate('ec', 'a.test', 'b.test'),
    certificate('other', 'a.test'),
    certificate('rsa', 'b.test', 'a.test'),
    certificate('late', 'c.test', 'b.test'),
  ]);
  assert.equal(found(index, 'a.test'), 'ec+rsa');
  assert.equal(found(index, 'b.test'), 'ec+rsa');
  assert.equal(found(index, 'c.test'), 'late');
});

test('certificates without names stay apart, and are found by no name', () => {
  const index = new CertificateIndex([certificate('one'), certificate('two')]);
  assert.equal(index.groups.length, 2);
  assert.equal(index.first.certificates[0]!.name, 'one');
  assert.equal(found(index, ''), '');
});

test('an IP address is no name of a host: it gets the certificate that is for it, or the first', () => {
  const index = new CertificateIndex([certificate('first', 'a.test'), certificate('ip', '10.0.0.1')]);
  assert.equal(found(index, '10.0.0.1'), 'ip');
  assert.equal(found(index, '10.0.0.2'), 'first');
  assert.equal(found(index, '::1'), 'first');
});

test('normaliseServerName() takes case and a final dot away', () => {
  assert.equal(normaliseServerName('A.Test.'), 'a.test');
  assert.equal(normaliseServerName('a.test'), 'a.test');
});
