import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Field, fieldId } from './field-names.ts';

test('fieldId() knows each name in any case', () => {
  for (const [key, id] of Object.entries(Field)) {
    if (id === Field.Other) continue;
    const name = key.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
    assert.equal(fieldId(name), id, name);
    assert.equal(fieldId(name.toUpperCase()), id, name);
  }
});

test('fieldId() gives Other for all else', () => {
  for (const name of [
    '',
    'Hos',
    'Hosts',
    'Hast',
    'x-forwarded_for',
    'constructor',
    '__proto__',
    'x'.repeat(10_000),
    '\xff',
  ]) {
    assert.equal(fieldId(name), Field.Other, name);
  }
});
