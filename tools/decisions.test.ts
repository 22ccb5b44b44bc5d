// What some records in docs/adr wait for: where one of these fails, the record is to be looked at again.
import assert from 'node:assert/strict';
import { test } from 'node:test';

test('0018: this Node has no QUIC', () => {
  const features: Readonly<Record<string, unknown>> = { ...process.features };
  assert.notEqual(features['quic'], true);
});
