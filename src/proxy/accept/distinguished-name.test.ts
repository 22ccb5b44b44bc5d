import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distinguishedName } from './distinguished-name.ts';

test('distinguishedName() turns the order round and joins by commas', () => {
  assert.equal(distinguishedName('C=DE\nO=Example\nCN=client'), 'CN=client,O=Example,C=DE');
  assert.equal(distinguishedName('CN=client'), 'CN=client');
  assert.equal(distinguishedName(''), '');
});

test('parts that belong together stay so, and what is escaped stays escaped', () => {
  assert.equal(distinguishedName('O=a\\, b\nCN=x + UID=7'), 'CN=x+UID=7,O=a\\, b');
  assert.equal(distinguishedName('CN=x \\+ y\\0Az'), 'CN=x \\+ y\\0Az');
});
