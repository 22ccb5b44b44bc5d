import { z } from 'zod';

import { configSchema } from './schema.ts';

/** A JSON Schema (2020-12), as far as the config uses it. */
export interface JsonSchema {
  readonly title?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  /** Ours: what a text or number measures. */
  readonly unit?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  /** `#/$defs/when`. */
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/** What a config may be, as written: for editors and for the reference. */
export function configJsonSchema(): JsonSchema {
  const made = z.toJSONSchema(configSchema, {
    io: 'input',
    // By itself it leaves out the examples of what is transformed, taking them for results; ours are what people write.
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.['examples'];
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  const schema: JsonSchema = JSON.parse(JSON.stringify(made));
  return { ...schema, title: 'Postern config' };
}
