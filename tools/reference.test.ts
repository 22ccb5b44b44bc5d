import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { configJsonSchema, type JsonSchema } from '../src/control/config/json-schema.ts';
import { referenceFiles, referenceFolder } from './reference.ts';

for (const [name, content] of referenceFiles()) {
  test(`docs/reference/${name} is what the schema says`, async () => {
    const written = await readFile(new URL(name, referenceFolder), 'utf8');
    assert.equal(written, content, 'out of date: run node tools/reference.ts');
  });
}

test('every key of the config has a meaning, and every plain value an example', () => {
  const poor: string[] = [];
  inspect('', configJsonSchema(), poor);
  assert.deepEqual(poor, []);
});

function inspect(path: string, schema: JsonSchema, poor: string[]): void {
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    const isSection = value.properties !== undefined;
    if (!value.description) poor.push(`${path}.${key}: no description`);
    if (!isSection && !value.examples) poor.push(`${path}.${key}: no example`);
    inspect(`${path}.${key}`, value, poor);
  }
  for (const each of schema.anyOf ?? []) inspect(path, each, poor);
  for (const [name, each] of Object.entries(schema.$defs ?? {})) inspect(name, each, poor);
  if (schema.items) inspect(`${path}[]`, schema.items, poor);
  if (typeof schema.additionalProperties === 'object') inspect(`${path}.*`, schema.additionalProperties, poor);
}
