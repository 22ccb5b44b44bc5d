import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pattern } from '../../pattern.test.ts';
import { ByteBlocks } from './byte-blocks.ts';

test('ByteBlocks gives back what it got, in blocks that do not cost much more', () => {
  const blocks = new ByteBlocks();
  const bytes = pattern(200_000);
  for (let at = 0; at < bytes.length; at += 11) blocks.push(bytes.subarray(at, at + 11));
  assert.equal(blocks.length, 200_000);
  const parts: Buffer[] = [];
  for (let part = blocks.take(); part !== undefined; part = blocks.take()) parts.push(part);
  assert.ok(Buffer.concat(parts).equals(bytes));
  assert.ok(parts.length < 8);
  assert.equal(blocks.length, 0);
  blocks.putBack(parts[0]!);
  assert.equal(blocks.next, parts[0]!.length);
});
