import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProxyError } from '../../../core/errors.ts';
import { exchangeOf, TestEnv } from '../../fixtures.test.ts';
import { workOf } from '../work-fixtures.test.ts';
import { ipFilter } from './ip-filter.ts';

/** 10.0.0.0/8 passes. */
const addresses = {
  ipv4: { first: false, changes: Buffer.from([10, 0, 0, 0, 11, 0, 0, 0]).toString('base64') },
  ipv6: { first: false, changes: '' },
};

function judge(clientAddress: string, unix = false, others = false): string {
  const hooks = ipFilter.create({ addresses, unix, others }, new TestEnv());
  const verdict = hooks.request!(workOf({ exchange: exchangeOf({ clientAddress }) }));
  return verdict instanceof ProxyError ? verdict.code : 'passes';
}

test('ip-filter judges the address behind trusted proxies', () => {
  assert.equal(judge('10.255.255.255'), 'passes');
  assert.equal(judge('11.0.0.0'), 'address-denied');
  assert.equal(judge('9.255.255.255'), 'address-denied');
  assert.equal(judge('::1'), 'address-denied');
});

test('ip-filter has a word for clients of unix sockets, and one for what is no address at all', () => {
  assert.equal(judge('unix', false, true), 'address-denied');
  assert.equal(judge('unix', true, false), 'passes');
  assert.equal(judge('', true, false), 'address-denied');
  assert.equal(judge('', false, true), 'passes');
});
