import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerTlsPlan } from '../tls-plan.ts';
import { identityOf } from './tls-contexts.ts';
import { ticketKeysFor } from './tls-tickets.ts';

const secret = new Uint8Array(48).fill(7);
const plan = (clientCertificates: ListenerTlsPlan['clientCertificates']): ListenerTlsPlan =>
  ({ clientCertificates }) as ListenerTlsPlan;

test('every thread makes the same 48 bytes for a listener', () => {
  const keys = ticketKeysFor(secret, 'web');
  assert.equal(keys.length, 48);
  assert.deepEqual(ticketKeysFor(new Uint8Array(secret), 'web'), keys);
});

test('another listener, other authorities, other revocations and another secret make other keys', () => {
  const identities = [
    identityOf(plan(undefined), 'web'),
    identityOf(plan(undefined), 'api'),
    identityOf(plan({ ca: 'a', crls: [] }), 'web'),
    identityOf(plan({ ca: 'b', crls: [] }), 'web'),
    identityOf(plan({ ca: 'a', crls: ['c'] }), 'web'),
  ];
  const keys = identities.map((identity) => ticketKeysFor(secret, identity).toString('hex'));
  keys.push(ticketKeysFor(new Uint8Array(48), identities[0]!).toString('hex'));
  assert.equal(new Set(keys).size, keys.length);
});
