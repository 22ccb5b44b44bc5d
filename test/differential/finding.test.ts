import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parse } from 'yaml';

import { findingOf } from './finding.ts';

test('a finding is an item of a corpus file, byte for byte', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const text = findingOf({ number: 3, bytes, cut: 0, from: 'a "case"' }, 'nginx: another target');
  assert.match(text, /^[ -~\n]*$/);
  const [item] = parse(text) as [{ name: string; note: string; send: string }];
  assert.equal(item.name, 'a "case", as message 3');
  assert.equal(item.note, 'nginx: another target');
  assert.deepEqual(Buffer.from(item.send, 'latin1'), bytes);
});
