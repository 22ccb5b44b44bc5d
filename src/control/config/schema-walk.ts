import { z } from 'zod';

import { quote, type ConfigPath } from './config-problem.ts';

/** What stands inside optional, default and transforming schemas. */
function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}

/** The keys that the schema allows at a path; of a union, those of its map. Undefined where it is not a map of fixed keys. */
export function keysAt(schema: z.ZodType, path: ConfigPath): readonly string[] | undefined {
  for (const each of schemasAt(schema, path)) {
    const inner = unwrap(each);
    if (inner instanceof z.ZodObject) return Object.keys(inner.shape);
  }
  return undefined;
}

/** What to write for a number where a text is needed: `30` as a duration is surely `30s`. Undefined where no text is needed. */
export function remedyForNumber(schema: z.ZodType, path: ConfigPath, value: number): string | undefined {
  for (const each of schemasAt(schema, path)) {
    if (!(each instanceof z.ZodType)) continue;
    const parsed = each.safeParse(String(value));
    if (parsed.success) return 'write it in quotes';
    const issue = parsed.error.issues[0];
    const { better, remedy } = (issue?.code === 'custom' && issue.params) || {};
    if (typeof better === 'string') return `write ${quote(better)}`;
    if (typeof remedy === 'string') return remedy;
  }
  return undefined;
}

/** The first example of the key at a path. */
export function exampleAt(schema: z.ZodType, path: ConfigPath): unknown {
  for (const each of schemasAt(schema, path)) {
    const example = exampleOf(each);
    if (example !== undefined) return example;
  }
  return undefined;
}

function exampleOf(schema: unknown): unknown {
  if (!(schema instanceof z.ZodType)) return undefined;
  const examples = schema.meta()?.['examples'];
  if (Array.isArray(examples)) return examples[0];
  const inner = schema instanceof z.ZodPipe ? schema.in : unwrapOnce(schema);
  return inner === undefined ? undefined : exampleOf(inner);
}

function unwrapOnce(schema: z.ZodType): unknown {
  const wraps = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return wraps ? schema.unwrap() : undefined;
}

/** Every schema that may stand at a path: more than one below a union. */
function schemasAt(schema: unknown, path: ConfigPath): unknown[] {
  const part = path[0];
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) {
    const whole = part === undefined ? [schema] : [];
    return [...whole, ...inner.options.flatMap((option) => schemasAt(option, path))];
  }
  if (part === undefined) return [schema];
  const rest = path.slice(1);
  if (inner instanceof z.ZodObject) return Object.hasOwn(inner.shape, part) ? schemasAt(inner.shape[part], rest) : [];
  if (inner instanceof z.ZodRecord) return schemasAt(inner.valueType, rest);
  if (inner instanceof z.ZodArray) return schemasAt(inner.element, rest);
  return [];
}

/**
 * What a value has that the schema accepts, key by key: after a mistake, so that checks across the config can still find
 * others. Lists keep their numbering.
 */
export function salvage(schema: unknown, value: unknown): unknown {
  if (!(schema instanceof z.ZodType)) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const inner = schema instanceof z.ZodPipe ? undefined : unwrap(schema);
  if (inner instanceof z.ZodArray && Array.isArray(value)) return value.map((item) => salvage(inner.element, item));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const parts = partsOf(inner, new Map(Object.entries(value)));
  return parts && Object.assign(Object.create(null), Object.fromEntries(parts));
}

/** Each key of a map with what can be salvaged of its value. */
function partsOf(schema: unknown, given: ReadonlyMap<string, unknown>): [string, unknown][] | undefined {
  if (schema instanceof z.ZodRecord) return [...given].map(([key, item]) => [key, salvage(schema.valueType, item)]);
  if (!(schema instanceof z.ZodObject)) return undefined;
  return Object.entries(schema.shape).map(([key, part]) => [key, salvage(part, given.get(key))]);
}
