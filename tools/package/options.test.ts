import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readOptions } from './options.ts';

test('without a word it is both packages, for this machine, with Node', () => {
  const { products, arch, withNode, fast, epoch } = readOptions([], {});
  assert.deepEqual(
    { products, arch, withNode, fast, epoch },
    { products: ['tar', 'deb'], arch: process.arch, withNode: true, fast: false, epoch: undefined },
  );
});

test('SOURCE_DATE_EPOCH is a number of seconds', () => {
  assert.equal(readOptions([], { SOURCE_DATE_EPOCH: '1790000000' }).epoch, 1_790_000_000);
  assert.equal(readOptions([], { SOURCE_DATE_EPOCH: '' }).epoch, undefined);
  assert.throws(() => readOptions([], { SOURCE_DATE_EPOCH: 'now' }), /Cannot use SOURCE_DATE_EPOCH "now"/);
});

test('what cannot be made is refused, with what can', () => {
  assert.throws(() => readOptions(['rpm'], {}), /Cannot make "rpm": there are tree, tar, deb/);
  assert.throws(() => readOptions(['tree', 'deb'], {}), /Cannot make a tree and packages/);
  assert.throws(() => readOptions(['deb', '--without-node'], {}), /Cannot make a Debian package without Node/);
  assert.throws(() => readOptions(['--arch', 'ia32'], {}), /Cannot package for "ia32": there are x64 and arm64/);
  assert.throws(() => readOptions(['--quick'], {}), /--quick/);
});
