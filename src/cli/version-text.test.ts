import assert from 'node:assert/strict';
import { test } from 'node:test';

import { versionText } from './version-text.ts';

test('versionText() tells of Node, OpenSSL and its FIPS provider only where it is asked to', () => {
  assert.match(versionText(false), /^postern \S+$/);
  const { openssl, node } = process.versions;
  const text = versionText(true);
  assert.ok(text.includes(`node       ${node}`), text);
  assert.match(
    text,
    new RegExp(`^openssl {4}${openssl.replaceAll('.', String.raw`\.`)}, the FIPS provider is (not )?active$`, 'm'),
  );
});
