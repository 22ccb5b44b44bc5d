import { Document, isMap, isScalar, isSeq } from 'yaml';

import { pathText, type ConfigPath } from './config-problem.ts';
import { configJsonSchema, type JsonSchema } from './json-schema.ts';
import type { Source } from './source.ts';
import { valueAt } from './value-at.ts';

/**
 * A config with every default that the schema knows filled in, as YAML that is a config again. Behind each value stands where it
 * comes from: its line, or `default`. What came from a `${...}` is `***`.
 */
export function effectiveConfig(source: Source): string {
  const schema = configJsonSchema();
  const whole = fill(source.value, schema, { schema, source, path: [] });
  const document = new Document(whole, { aliasDuplicateObjects: false });
  comment(document.contents, [], source);
  return document.toString({ lineWidth: 0, commentString: (text) => `#${text}` });
}

interface Scene {
  readonly schema: JsonSchema;
  readonly source: Source;
  readonly path: ConfigPath;
}

function fill(value: unknown, given: JsonSchema, scene: Scene): unknown {
  const schema = branchFor(value, given, scene.schema);
  const below = (key: string | number): Scene => ({ ...scene, path: [...scene.path, key] });
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((each, i) => fill(each, items, below(i)));
  }
  if (isObject(value)) return fillObject(value, schema, below);
  return typeof value === 'string' ? (scene.source.shown.get(pathText(scene.path)) ?? value) : value;
}

/** In the order of the schema, then what the schema has no names for. */
function fillObject(
  value: Readonly<Record<string, unknown>>,
  schema: JsonSchema,
  below: (key: string) => Scene,
): unknown {
  const { properties = {}, additionalProperties: others } = schema;
  const filled: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(properties)) {
    const own = value[key] ?? part.default;
    if (own !== undefined) filled[key] = fill(own, part, below(key));
  }
  for (const [key, part] of Object.entries(value)) {
    if (key in filled) continue;
    filled[key] = typeof others === 'object' ? fill(part, others, below(key)) : part;
  }
  return filled;
}

/** Of several forms that a value may have, the one that it has. */
function branchFor(value: unknown, given: JsonSchema, root: JsonSchema): JsonSchema {
  const schema = given.$ref === undefined ? given : (root.$defs?.[given.$ref.slice('#/$defs/'.length)] ?? given);
  if (schema.anyOf === undefined) return schema;
  const branches = schema.anyOf.map((each) => branchFor(value, each, root));
  return branches.find((each) => fits(value, each)) ?? schema;
}

function fits(value: unknown, { type, const: only, properties, required = [] }: JsonSchema): boolean {
  if (only !== undefined) return value === only;
  if (Array.isArray(value)) return type === 'array';
  if (!isObject(value)) return type === typeof value || (type === 'integer' && typeof value === 'number');
  const keys = Object.keys(value);
  const known = properties === undefined || keys.every((key) => key in properties);
  return type === 'object' && known && required.every((key) => keys.includes(key));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param node made of plain data: its keys are texts, and nothing in it is an alias. */
function comment(node: unknown, path: ConfigPath, source: Source): void {
  if (isMap(node)) {
    for (const { key, value } of node.items) comment(value, [...path, isScalar(key) ? String(key.value) : ''], source);
  } else if (isSeq(node)) {
    for (const [i, each] of node.items.entries()) comment(each, [...path, i], source);
  } else if (isScalar(node)) node.comment = ` ${originOf(path, source)}`;
}

function originOf(path: ConfigPath, source: Source): string {
  if (valueAt(source.value, path) === undefined) return 'default';
  const { file, line } = source.locate(path, 'key');
  return line > 0 ? `${file}:${line}` : file;
}
