import assert from 'node:assert/strict';
import { defaultServerTls } from '../pool-plan.ts';
import { SecureContexts } from './secure-contexts.ts';
import { identityFor, serverIdentity } from './tls-fixtures.test.ts';
import { needing } from '../../../test/harness/peers/needing.ts';

const { test } = needing('openssl');

test('equal settings share a context, others have their own', async () => {
  const { cert, key } = await serverIdentity();
  const contexts = new SecureContexts();
  const plan = { ...defaultServerTls, ca: cert };
  const first = contexts.of(plan);
  assert.equal(contexts.of({ ...plan, serverName: 'other.test', pins: ['x'] }), first, 'these are not of the context');
  const certificate = { kind: 'pem', chain: cert, key } as const;
  const others = [{ ...plan, minVersion: 'TLSv1.3' as const }, { ...plan, certificate }, defaultServerTls];
  assert.equal(new Set([first, ...others.map((each) => contexts.of(each))]).size, 4);
});

test('what OpenSSL does not take throws, each time', async () => {
  const [{ cert }, { key }] = [await serverIdentity(), await identityFor('other.test')()];
  const contexts = new SecureContexts();
  const plan = { ...defaultServerTls, ca: cert, certificate: { kind: 'pem', chain: cert, key } as const };
  assert.throws(() => contexts.of(plan), /key values mismatch/i);
  assert.throws(() => contexts.of(plan), /key values mismatch/i);
});
