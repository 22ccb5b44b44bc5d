// Writes src/config-input.ts, the type of a config as people write it, from its schema: `node tools/config-types.ts`.
// A test compares the two.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { configJsonSchema, type JsonSchema } from '../src/control/config/json-schema.ts';

/** Where it goes. */
export const typesFile: URL = new URL('../src/config-input.ts', import.meta.url);

const head = `// Made by \`node tools/config-types.ts\` from the schema that checks configs; do not edit.
// oxlint-disable max-lines, typescript/no-redundant-type-constituents -- nobody reads it from end to end
`;

/** The text of the file, before it is formatted. */
export function configTypes(): string {
  const schema = configJsonSchema();
  const shared = Object.entries(schema.$defs ?? {}).map(
    ([name, each]) => `${comment(each, '')}export type ${typeName(name)} = ${typeOf(each, '')};\n`,
  );
  const whole = `/** A config, as it is written in a file or given by a program. The reference explains each key. */\n`;
  return [head, ...shared, `${whole}export interface ConfigInput ${objectOf(schema, '')}\n`].join('\n');
}

/** \`when\` -> \`WhenInput\`. */
function typeName(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
}

function typeOf(schema: JsonSchema, indent: string): string {
  if (schema.$ref !== undefined) return typeName(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1));
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(' | ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map((each) => typeOf(each, indent)))].join(' | ');
  if (schema.type === 'array') return `readonly (${schema.items ? typeOf(schema.items, indent) : 'unknown'})[]`;
  if (schema.type === 'object') return objectOf(schema, indent);
  const names: Readonly<Record<string, string>> = { integer: 'number', null: 'null' };
  const { type = 'unknown' } = schema;
  return names[type] ?? type;
}

function objectOf(schema: JsonSchema, indent: string): string {
  const { properties, additionalProperties } = schema;
  if (properties === undefined) {
    const values = typeof additionalProperties === 'object' ? typeOf(additionalProperties, indent) : 'unknown';
    return `{ readonly [name: string]: ${values} }`;
  }
  const inner = `${indent}  `;
  const members = Object.entries(properties).map(([key, value]) => {
    const name = /^[a-z_$][\w$]*$/i.test(key) ? key : JSON.stringify(key);
    const optional = schema.required?.includes(key) === true ? '' : '?';
    return `${comment(value, inner)}${inner}readonly ${name}${optional}: ${typeOf(value, inner)}${optional && ' | undefined'};`;
  });
  return `{\n${members.join('\n')}\n${indent}}`;
}

function comment({ description, default: usual }: JsonSchema, indent: string): string {
  if (description === undefined) return '';
  const isPlain = typeof usual === 'string' || typeof usual === 'number' || typeof usual === 'boolean';
  const text = `${description}.${isPlain ? ` Default: \`${usual}\`.` : ''}`;
  return `${indent}/** ${text.replaceAll('*/', String.raw`*\/`)} */\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(typesFile, configTypes());
