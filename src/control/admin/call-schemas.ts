import { z } from 'zod';

import { errorCodes } from '../../core/errors.ts';
import type { PlanChanges } from '../preview/plan-changes.ts';
import { problemSchema } from './status-schema.ts';

export interface ExplainBody {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly from?: string | undefined;
  readonly listener?: string | undefined;
}

const fieldValue = z.string().max(8000);

export const explainBody: z.ZodType<ExplainBody> = z
  .strictObject({
    method: z.string().min(1).max(100).default('GET'),
    url: z.string().min(1).max(16_000),
    headers: z
      .record(z.string().min(1).max(200), z.union([fieldValue, z.array(fieldValue).max(100)]))
      .default({})
      .describe('Fields of the request; several of one name as a list'),
    from: z.string().max(100).optional().describe('Address of the client'),
    listener: z.string().max(200).optional().describe('Where it comes in, if the URL does not tell'),
  })
  .meta({ examples: [{ method: 'GET', url: 'https://shop.example.com/cart', headers: { accept: '*/*' } }] });

/** Longest config that may be sent to be looked at. */
export const maxPreviewBytes = 1_000_000;

export type PreviewBody = { readonly path?: string | undefined; readonly config?: string | undefined };

export const previewBody: z.ZodType<PreviewBody> = z
  .strictObject({
    path: z.string().min(1).max(4000).startsWith('/').optional().describe('Absolute; over the control socket alone'),
    config: z
      .string()
      .max(maxPreviewBytes)
      .optional()
      .describe('A config in YAML or JSON; relative paths in it start at the folder of the one that runs'),
  })
  .refine(({ path, config }) => path === undefined || config === undefined, { error: 'path or config, not both' })
  .meta({ description: 'Without any of them: the config as its file is now' });

export const stopBody: z.ZodType<{ readonly now: boolean }> = z.strictObject({ now: z.boolean().default(false) });

const names = z.array(z.string());
const partChanges = z.object({
  added: names,
  removed: names,
  changed: names,
  kept: z.number().describe('How many stay as they are'),
});

export const changesSchema: z.ZodType<PlanChanges> = z.object({
  listeners: partChanges,
  routes: partChanges,
  pools: partChanges,
  settings: names.describe('Other keys of the config'),
});

const warnings = z.array(problemSchema);

export const reloadSchema: z.ZodType<object> = z.object({
  changed: z.boolean().describe('False: the config is the same as before'),
  warnings,
  disabled: z
    .array(z.object({ kind: z.enum(['route', 'listener', 'certificate']), name: z.string(), reason: z.string() }))
    .describe('What does not work, because something outside the config is missing'),
  report: z
    .object({
      changes: changesSchema,
      kept: z.object({ connections: z.number(), tunnels: z.number() }).optional(),
      loadMs: z.number(),
      swapMs: z.number(),
    })
    .optional(),
});

export const previewSchema: z.ZodType<object> = z.object({
  changed: z.boolean().describe('False: a reload would do nothing'),
  changes: changesSchema,
  warnings,
  beside: z.number().describe('Changes of servers at run time, which stay beside either config'),
});

export const explainedSchema: z.ZodType<object> = z.object({
  method: z.string(),
  url: z.string(),
  listener: z.string(),
  routes: z
    .array(
      z.object({
        route: z.string(),
        verdict: z
          .enum(['chosen', 'later', 'listener', 'host', 'path', 'conditions'])
          .describe('`later`: it fits, but another comes first; else what does not fit'),
        failing: z
          .array(z.looseObject({ kind: z.string() }))
          .optional()
          .describe('Conditions that do not hold'),
      }),
    )
    .describe('None where it is refused before a route is asked'),
  notes: z
    .array(
      z.object({
        step: z.enum(['client', 'match', 'transport', 'feature', 'pick', 'server', 'answer']),
        what: z.string(),
        by: z.string().optional(),
        at: z.number().optional(),
      }),
    )
    .describe('What was decided, in order'),
  end: z
    .union([
      z.object({ kind: z.literal('server'), pool: z.string(), server: z.string() }),
      z.object({
        kind: z.literal('answer'),
        status: z.number(),
        reason: z.enum(errorCodes).optional(),
        fields: z.array(z.string()),
      }),
      z.object({
        kind: z.literal('refused'),
        status: z.number(),
        reason: z.enum(errorCodes),
        message: z.string(),
      }),
    ])
    .describe('Where it ends'),
  places: z
    .object({
      listeners: z.record(z.string(), z.string()),
      routes: z.record(z.string(), z.string()),
      pools: z.record(z.string(), z.string()),
    })
    .optional()
    .describe('Where they stand in the config, as `file:line`'),
});
