import { z } from 'zod';

import type { Controlled } from '../controlled.ts';
import type { SplitState } from '../servers/runtime-servers.ts';
import { mostShare, splitSchema } from '../servers/runtime-change.ts';
import { problem } from './admin-answer.ts';
import type { AdminHandler } from './admin-server.ts';
import type { Endpoint } from './endpoint.ts';
import { callerName, whoSays } from './who-says.ts';
import { wrongBody } from './wrong-body.ts';

/** Calls about splits. */
export type SplitCall = 'GET /api/v1/splits' | 'POST /api/v1/splits/set';

const item: z.ZodType<SplitState> = z.object({
  route: z.string(),
  shares: z.array(
    z.object({
      pool: z.string(),
      planned: z.number().describe('What the config says'),
      weight: z.number().describe('What counts now'),
    }),
  ),
});

export const splitsAnswer: z.ZodType<{ readonly splits: readonly SplitState[] }> = z.object({ splits: z.array(item) });

export const splitAnswer: z.ZodType<{
  readonly changed: boolean;
  readonly split: SplitState;
  readonly lost?: string | undefined;
}> = z.object({
  changed: z.boolean().describe('False: it was so already'),
  split: item,
  lost: z.string().optional().describe('Why it will not outlive the process; missing: it will'),
});

const setBody = z.strictObject({
  route: z.string().min(1).max(2000).describe('Its name'),
  weights: z
    .union([splitSchema.shape.weights, z.array(z.number().min(0).max(mostShare)).min(1).max(1000)])
    .optional()
    .describe('By pool, or for all of them in the order of the config; missing: as the config says'),
  by: callerName,
});

/** What these calls take and give. */
export const splitEndpoints: Readonly<Record<SplitCall, Endpoint>> = {
  'GET /api/v1/splits': {
    summary: 'Routes whose requests several pools share, and how',
    access: 'read',
    answers: { 200: splitsAnswer },
  },
  'POST /api/v1/splits/set': {
    summary: 'Gives the pools of a split other weights, from the next request on',
    access: 'token',
    request: setBody,
    answers: { 200: splitAnswer },
    refusals: { 400: 'The body is not what this call takes', 404: 'There is no such split', 409: 'Not as things are' },
  },
};

const statuses = { unknown: 404, conflict: 409, wrong: 400, failed: 409 } as const;

/** What these calls do. */
export function splitHandlers({ servers }: Controlled): Readonly<Record<SplitCall, AdminHandler>> {
  return {
    'GET /api/v1/splits': async () => ({ status: 200, body: { splits: servers.splits } }),
    'POST /api/v1/splits/set': async (request) => {
      const read = setBody.safeParse(request.body ?? {});
      if (!read.success) return wrongBody(read.error);
      const { route, weights, by } = read.data;
      const result = await servers.setSplit(route, weights, whoSays(by, request));
      if (!result.ok) return problem(statuses[result.why], result.message);
      const { changed, split, lost } = result;
      return { status: 200, body: { changed, split, lost } };
    },
  };
}
