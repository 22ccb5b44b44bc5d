import { z } from 'zod';

import { eventKinds } from '../events/server-event.ts';
import { outlierKinds } from '../outliers/find-outliers.ts';
import { poolNotes } from '../events/pool-events.ts';
import type { PoolState } from '../servers/pool-state.ts';
import type { ServerStatus } from '../servers/server-care.ts';

const result = z.object({
  at: z.string().describe('ISO 8601'),
  ok: z.boolean(),
  ms: z.number().describe('How long it took'),
  why: z.string().describe('What it found, in words'),
});

/** What a server was taken out for. */
const kind = z.enum(outlierKinds);

type Shape = { readonly [K in Exclude<keyof ServerStatus, 'pool' | 'server'>]: z.ZodType<ServerStatus[K]> };

/** What is known of a server, beside its traffic. */
export const serverState: Shape = {
  operator: z.enum(['ready', 'drain', 'maint']).describe('What is wanted of it; `maint`: nothing, and no checks'),
  health: z.enum(['unknown', 'up', 'down']).describe('`unknown`: nobody has looked; it counts as up'),
  ejected: z.boolean().describe('It gets nothing for a while, because of what traffic with it was like'),
  ejection: z
    .object({
      why: z.string().describe('In words'),
      kind,
      until: z.string().describe('When it comes back, unless a check passes before; ISO 8601'),
      times: z.number().describe('How often it was ejected of late'),
    })
    .optional()
    .describe('Missing: it is not ejected'),
  ejections: z
    .partialRecord(kind, z.number())
    .optional()
    .describe('How often it was ejected, by what for; missing: it never was'),
  weight: z.number().describe('Its share beside the others now'),
  usable: z.boolean().describe('It may get new requests'),
  since: z.string().describe('Since when it has been as it is; ISO 8601'),
  changes: z
    .record(z.string(), z.number())
    .describe(`How often what happened to it since it is in the config: ${eventKinds.join(', ')}`),
  lastCheck: result.optional(),
  checks: z
    .object({ passed: z.number(), failed: z.number(), history: z.array(result).describe('The last 20 at most') })
    .optional()
    .describe('Missing: it is not checked'),
  word: z
    .object({ ok: z.boolean(), why: z.string() })
    .optional()
    .describe('What it said of itself last, or why it said nothing; missing: it is not asked'),
};

/** What is known of a pool as a whole. */
export const poolState: z.ZodType<PoolState> = z.object({
  pool: z.string(),
  panic: z.boolean().describe('So few of its servers are up that all of them are used'),
  breaker: z
    .object({
      state: z.enum(['closed', 'open', 'half-open']),
      why: z.string().optional().describe('What changed it last, in words'),
      until: z.string().optional().describe('While it is open: when it is tried out; ISO 8601'),
      opened: z.number().describe('How often it opened'),
    })
    .optional()
    .describe('Its circuit breaker; missing: it has none'),
  changes: z.partialRecord(z.enum(poolNotes), z.number()).describe('How often what happened to it'),
});
