import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Field, fieldId } from '../../core/field-names.ts';
import { knownName } from './known-names.ts';

test('knownName() finds usual spellings, with the number that fieldId gives', () => {
  for (const name of [
    'Host',
    'host',
    'content-length',
    'Content-Length',
    'Accept-Encoding',
    'sec-ch-ua-mobile',
    'ETag',
  ]) {
    assert.deepEqual(knownName(`xx${name}: y`, 2, 2 + name.length), { name, id: fieldId(name) });
  }
  assert.equal(knownName('Accept', 0, 6)?.id, Field.Other);
});

test('knownName() knows nothing of other names and spellings', () => {
  for (const name of ['', 'hOST', 'Hosu', 'Hxst', 'Host ', ' Host', 'X-Own', 'a'.repeat(1000), '\xff\xff']) {
    assert.equal(knownName(name, 0, name.length), undefined, name);
  }
  assert.equal(knownName('Host', 2, 2), undefined);
});
