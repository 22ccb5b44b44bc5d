import { z } from 'zod';

import { errorCodes } from '../../core/errors.ts';
import type { TracedExchange } from '../../proxy/index.ts';
import { problem, type AdminAnswer } from './admin-answer.ts';

/** A question about a request that was traced. The longest id of others that is taken over has 128 letters. */
export const tracedQuestion: z.ZodType<{ readonly id: string }> = z.strictObject({
  id: z.string().min(1).max(128).describe('That of the access log, and of X-Request-Id'),
});

const ms = z.number().optional();

const note = z.object({
  step: z.enum(['client', 'match', 'transport', 'feature', 'pick', 'server', 'answer']),
  what: z.string(),
  by: z.string().optional().describe('Name of the feature, pool or server'),
  at: ms.describe('ms since the first byte'),
});

/** The answer: what is kept of it. */
export const tracedAnswer: z.ZodType<TracedExchange> = z.object({
  id: z.string(),
  at: z.string().describe('When its first byte came; ISO 8601'),
  listener: z.string(),
  client: z.object({ address: z.string(), peer: z.string(), port: z.number(), tls: z.string().optional() }),
  protocol: z.string(),
  method: z.string(),
  url: z.string(),
  notes: z.array(note),
  route: z.string().optional(),
  pool: z.string(),
  server: z.string(),
  user: z.string(),
  retries: z.number(),
  status: z.number().describe('499: the client went before an answer'),
  reason: z.enum(errorCodes).optional(),
  bytesIn: z.number(),
  bytesOut: z.number(),
  timings: z
    .object({ headRead: ms, connected: ms, firstByte: ms, ended: z.number() })
    .describe('ms since the first byte; missing: it came not so far'),
  traceId: z.string().optional().describe('Of its spans, where a collector gets them'),
});

/** Whatever keeps traces. */
export interface TraceSource {
  traced(id: string): Promise<TracedExchange | undefined>;
}

/** Answers it. */
export async function explainTraced(source: TraceSource, id: string): Promise<AdminAnswer> {
  const traced = await source.traced(id);
  if (traced !== undefined) return { status: 200, body: traced };
  const why = 'it was not traced, or too many others have been since; "trace" in the config says which are';
  return problem(404, `Cannot find the request ${JSON.stringify(id)}: ${why}`);
}
