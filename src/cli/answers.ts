import { z } from 'zod';

import type { PosternStatus } from '../control/controlled.ts';
import { version } from '../version.ts';

/** What another process sent: it may be of another version, or no Postern at all. */
const place = { file: z.string(), line: z.number(), column: z.number(), path: z.string(), remedy: z.string() };
const configProblem = z.object({ ...place, message: z.string(), severity: z.enum(['error', 'warning']) });

export const problemsAnswer: z.ZodType<{
  readonly problems: readonly (z.infer<typeof configProblem> | { readonly message: string })[];
}> = z.object({ problems: z.array(z.union([configProblem, z.object({ message: z.string() })])) });

export const reloadAnswer: z.ZodType<{
  readonly changed: boolean;
  readonly warnings: readonly z.infer<typeof configProblem>[];
}> = z.object({ changed: z.boolean(), warnings: z.array(configProblem) });

export const stopAnswer: z.ZodType<{ readonly graceMs: number }> = z.object({ graceMs: z.number() });

/** A status that this version knows how to show. */
export function isOwnStatus(body: unknown): body is PosternStatus {
  return typeof body === 'object' && body !== null && 'version' in body && body.version === version;
}
