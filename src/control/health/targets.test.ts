import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SecureContexts, type OtherPlace, type ServerPlan } from '../../proxy/index.ts';
import { poolOf } from './fixtures.test.ts';
import type { Target } from './reach.ts';
import { Targets } from './targets.ts';

function addressOf(address: ServerPlan['address'], other: Partial<OtherPlace> = {}): Target['dial']['address'] {
  const pool = poolOf([1], undefined);
  const names: Readonly<Record<string, readonly string[]>> = { 'app.test': ['10.0.0.5', 'fd00::5'] };
  const env = { addressesOf: (host: string) => names[host] ?? [], contexts: new SecureContexts() };
  const place = { address: undefined, port: undefined, ...other };
  const server = { ...pool.servers[0]!, address };
  return new Targets(env, { pool, server }, { place, secure: false, timeoutMs: 9000 }).next(0).dial.address;
}

void test('a check goes where traffic goes: to all addresses of a name', () => {
  const app = { kind: 'tcp', host: 'app.test', port: 80 } as const;
  assert.deepEqual(addressOf(app), { kind: 'tcp', addresses: ['10.0.0.5', 'fd00::5'], port: 80 });
  assert.deepEqual(addressOf({ ...app, host: '10.0.0.9' }), { kind: 'tcp', addresses: ['10.0.0.9'], port: 80 });
  assert.deepEqual(addressOf({ ...app, host: 'gone.test' }), { kind: 'tcp', addresses: [], port: 80 });
  assert.deepEqual(addressOf({ kind: 'unix', path: '/run/x' }), { kind: 'unix', path: '/run/x' });
});

void test('another address or port takes the place of the server’s', () => {
  const app = { kind: 'tcp', host: 'app.test', port: 80 } as const;
  assert.deepEqual(addressOf(app, { port: 81 }), { kind: 'tcp', addresses: ['10.0.0.5', 'fd00::5'], port: 81 });
  assert.deepEqual(addressOf(app, { address: '10.0.0.1' }), { kind: 'tcp', addresses: ['10.0.0.1'], port: 80 });
  const local = { kind: 'tcp', addresses: ['127.0.0.1'], port: 81 };
  assert.deepEqual(addressOf({ kind: 'unix', path: '/run/x' }, { port: 81 }), local);
});

void test('connecting ends as the pool says where that is sooner than the check', () => {
  const pool = poolOf([1], undefined);
  const env = { addressesOf: () => [], contexts: new SecureContexts() };
  const times = [9000, 1000].map((timeoutMs) => {
    const place = { address: undefined, port: undefined };
    return new Targets(env, { pool, server: pool.servers[0]! }, { place, secure: false, timeoutMs }).next(0).dial
      .timeoutMs;
  });
  assert.deepEqual(times, [5000, 1000]);
});
