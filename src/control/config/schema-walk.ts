import { z } from 'zod';

import type { ConfigPath } from './config-problem.ts';

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

/** How the text should have been that a number stands for: `30` where a duration is needed is surely `30s`. */
export function textForNumber(schema: z.ZodType, path: ConfigPath, value: number): string | undefined {
  for (const each of schemasAt(schema, path)) {
    const parsed = each instanceof z.ZodType ? each.safeParse(String(value)) : undefined;
    const issue = parsed?.error?.issues[0];
    const better = issue?.code === 'custom' ? issue.params?.['better'] : undefined;
    if (typeof better === 'string') return better;
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

/** A value of which parts may be missing, at every depth. */
export type Partly<T> = T extends readonly (infer E)[]
  ? readonly (Partly<E> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Partly<T[K]> | undefined }
    : T;

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
  const given = new Map(Object.entries(value));
  const found: Record<string, unknown> = Object.create(null);
  if (inner instanceof z.ZodRecord) for (const [key, item] of given) found[key] = salvage(inner.valueType, item);
  else if (inner instanceof z.ZodObject) {
    for (const [key, part] of Object.entries(inner.shape)) found[key] = salvage(part, given.get(key));
  } else return undefined;
  return found;
}
