import { z } from 'zod';

import type { FieldEditsConfig, HeadersConfig, Template } from '../../../proxy/index.ts';
import type { ConfigPath } from '../config-problem.ts';
import { text } from '../leaf.ts';
import type { FeatureSchema, ResolveEnv } from './feature-schema.ts';
import { checkFieldName, readFieldPattern } from './field-names.ts';
import { templateReader } from './read-template.ts';

interface EditsInput {
  readonly set?: Readonly<Record<string, Template>> | undefined;
  readonly add?: Readonly<Record<string, Template>> | undefined;
  readonly remove?: readonly string[] | undefined;
}

interface HeadersInput {
  readonly request?: EditsInput | undefined;
  readonly response?: EditsInput | undefined;
}

const value = text(templateReader(false), {
  description: 'The value of a field; variables such as `{clientAddress}` are filled in, `{{` is a plain brace',
  examples: ['{clientAddress}', 'yes'],
});

function edits(description: string): z.ZodType<EditsInput> {
  return z
    .strictObject({
      remove: z
        .array(text(readFieldPattern, { description: 'A field', examples: ['cookie', 'x-internal-*'] }))
        .optional()
        .meta({
          description: 'Fields to be removed; a `*` at the end stands for whatever follows. Done before the others',
          examples: [['cookie', 'x-internal-*']],
        }),
      set: z
        .record(z.string(), value)
        .optional()
        .meta({
          description: 'Fields to be written in place of what is there',
          examples: [{ 'X-Real-Client': '{clientAddress}' }],
        }),
      add: z
        .record(z.string(), value)
        .optional()
        .meta({
          description: 'Fields to be written beside what is there',
          examples: [{ 'Cache-Control': 'no-store' }],
        }),
    })
    .meta({ description, examples: [{ remove: ['x-powered-by'] }] });
}

export const headersSchema: FeatureSchema<HeadersInput> = {
  schema: z
    .strictObject({
      request: edits('Fields that the server gets').optional(),
      response: edits('Fields that the client gets').optional(),
    })
    .meta({
      description: 'Removes, sets and adds fields of requests and of answers',
      examples: [{ response: { remove: ['server'] } }],
    }),
  resolve(config, env): HeadersConfig {
    return {
      request: editsPlan(config.request, [...env.path, 'request'], env),
      response: editsPlan(config.response, [...env.path, 'response'], env),
    };
  },
};

function editsPlan(given: EditsInput | undefined, path: ConfigPath, env: ResolveEnv): FieldEditsConfig {
  const { set, add, remove = [] } = given ?? {};
  return {
    remove: [...new Set(remove)],
    set: fieldsOf(set, [...path, 'set'], env),
    add: fieldsOf(add, [...path, 'add'], env),
  };
}

function fieldsOf(
  given: Readonly<Record<string, Template>> | undefined,
  path: ConfigPath,
  { problems }: ResolveEnv,
): FieldEditsConfig['set'] {
  return Object.entries(given ?? {}).map(([name, template]) => {
    checkFieldName(name, path, problems);
    return { name, value: template };
  });
}
