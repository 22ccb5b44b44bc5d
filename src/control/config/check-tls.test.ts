import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ListenerTlsPlan } from '../../proxy/index.ts';
import { checkTls } from './check-tls.ts';
import { configSchema } from './schema.ts';
import { Problems, type Source } from './source.ts';

const tls = { certificates: 'a.pem' };

/** What is said of routes, where the certificate of every listener is for `names`. */
function said(
  listeners: object,
  routes: object[],
  names: readonly string[] = ['www.example.com', '*.example.org'],
): string[] {
  const value = { listeners, routes };
  const source: Source = {
    file: 'x.yaml',
    folder: '/',
    value,
    shown: new Map(),
    locate: () => ({ file: 'x.yaml', line: 1, column: 1 }),
  };
  const problems = new Problems(source);
  const config = configSchema.parse(value);
  const certificate = { name: 'a.pem', material: { kind: 'pem', chain: '', key: '' } as const, names, fingerprint: '' };
  const plans = Object.entries(config.listeners).flatMap(([name, { tls: each }]) =>
    each === undefined ? [] : [[name, { certificates: [certificate] } as unknown as ListenerTlsPlan] as const],
  );
  checkTls(config, new Map(plans), problems);
  return problems.list().map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
}

const plain = { web: { address: ':80' } };
const secure = { safe: { address: ':443', tls } };
const to = 'http://10.0.0.1';

test('https: only is refused, and redirect is warned of, where no listener of the route has tls', () => {
  assert.match(
    said(plain, [{ to, https: 'only' }])[0]!,
    /^error routes\[0\].https: Cannot serve this route by https only/,
  );
  assert.match(
    said(plain, [{ to, https: 'redirect' }])[0]!,
    /^warning routes\[0\].https: This route redirects to https/,
  );
  assert.deepEqual(said({ ...plain, ...secure }, [{ to, https: 'only' }]), []);
  assert.match(said({ ...plain, ...secure }, [{ to, https: 'only', listeners: 'web' }])[0]!, /^error/);
});

test('clientCertificate: require is refused, and optional is warned of, where no listener of the route asks for one', () => {
  const asking = { safe: { address: ':443', tls: { ...tls, clientCertificates: { ca: 'ca.pem' } } } };
  assert.match(said(plain, [{ to, clientCertificate: 'require' }])[0]!, /^error .*: none of its listeners has tls$/);
  assert.match(
    said(secure, [{ to, clientCertificate: 'require' }])[0]!,
    /^error .*: none of its listeners asks clients for one$/,
  );
  assert.match(said(secure, [{ to, clientCertificate: 'optional' }])[0]!, /^warning /);
  assert.deepEqual(said({ ...plain, ...asking }, [{ to, clientCertificate: 'require' }]), []);
});

test('hosts are looked for on the certificates of the listeners that lead to them', () => {
  const both = { ...plain, ...secure };
  const uncovered = (host: unknown, listeners: object = both): number => said(listeners, [{ to, host }]).length;
  assert.equal(uncovered('www.example.com'), 0);
  assert.equal(uncovered('a.example.org'), 0);
  assert.equal(uncovered('*.example.org'), 0);
  assert.equal(uncovered('*'), 0);
  assert.equal(uncovered('example.org'), 1);
  assert.equal(uncovered('a.b.example.org'), 1);
  assert.equal(uncovered('*.example.com'), 1);
  assert.equal(uncovered(['example.com', 'example.net']), 2);
  assert.equal(uncovered('example.net', plain), 0, 'no https, no certificate');
});
