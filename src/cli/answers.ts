import { z } from 'zod';

import { changesSchema, explainedSchema } from '../control/admin/call-schemas.ts';
import type { ConfigProblem } from '../control/config/config-problem.ts';
import type { PosternStatus, ReloadProblem } from '../control/controlled.ts';
import type { DisabledPart } from '../control/disabled-parts.ts';
import type { Explained } from '../control/explain/explain-config.ts';
import type { PlanChanges } from '../control/preview/plan-changes.ts';
import type { ReloadReport } from '../control/reload-report.ts';
import { version } from '../version.ts';

const configProblem: z.ZodType<ConfigProblem> = z.object({
  file: z.string(),
  line: z.number(),
  column: z.number(),
  path: z.string(),
  message: z.string(),
  remedy: z.string(),
  severity: z.enum(['error', 'warning']),
});

// What another process sends goes through these: it may be of another version.

export const problemsAnswer: z.ZodType<{ readonly problems: readonly ReloadProblem[] }> = z.object({
  problems: z.array(z.union([configProblem, z.object({ message: z.string() })])),
});

const partChanges = z.object({
  added: z.array(z.string()),
  removed: z.array(z.string()),
  changed: z.array(z.string()),
  kept: z.number(),
});

const disabledPart: z.ZodType<DisabledPart> = z.object({
  kind: z.enum(['route', 'listener', 'certificate']),
  name: z.string(),
  reason: z.string(),
});

const reloadReport: z.ZodType<ReloadReport> = z.object({
  changes: z.object({ listeners: partChanges, routes: partChanges, pools: partChanges, settings: z.array(z.string()) }),
  kept: z.union([z.object({ connections: z.number(), tunnels: z.number() }), z.undefined()]),
  loadMs: z.number(),
  swapMs: z.number(),
});

export const reloadAnswer: z.ZodType<{
  readonly changed: boolean;
  readonly warnings: readonly ConfigProblem[];
  readonly disabled: readonly DisabledPart[];
  readonly report?: ReloadReport | undefined;
}> = z.object({
  changed: z.boolean(),
  warnings: z.array(configProblem),
  disabled: z.array(disabledPart).default([]),
  report: reloadReport.optional(),
});

export const stopAnswer: z.ZodType<{ readonly graceMs: number }> = z.object({ graceMs: z.number() });

/** An explanation that this version knows how to show. */
export function isExplained(body: unknown): body is Explained {
  return explainedSchema.safeParse(body).success;
}

export const previewAnswer: z.ZodType<{
  readonly changed: boolean;
  readonly changes: PlanChanges;
  /** Changes at run time, which stay. */
  readonly beside: number;
}> = z.object({
  changed: z.boolean(),
  changes: changesSchema,
  beside: z.number().default(0),
});

/** A status that this version knows how to show. */
export function isOwnStatus(body: unknown): body is PosternStatus {
  return typeof body === 'object' && body !== null && 'version' in body && body.version === version;
}
