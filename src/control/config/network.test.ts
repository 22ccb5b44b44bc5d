import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readNetwork } from './network.ts';

test('readNetwork() refuses IPv4 written as IPv6, in every spelling', () => {
  for (const text of ['::ffff:10.0.0.0/104', '::ffff:a00:0/104', '0:0:0:0:0:FFFF:A00:0/128', '::FFFF:0:0/96']) {
    const reading = readNetwork(text);
    assert.ok(!reading.ok && reading.what === 'IPv4 networks are written as IPv4', text);
  }
});

test('readNetwork() takes one address that is IPv4 written as IPv6 for what it is', () => {
  assert.deepEqual(readNetwork('::ffff:a00:1'), { ok: true, value: '10.0.0.1/32' });
});
