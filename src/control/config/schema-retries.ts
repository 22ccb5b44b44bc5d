import { z } from 'zod';

import type { PoolRetryPlan, RetryPlan, RetryReason } from '../../proxy/index.ts';
import { count, duration, flag, size } from './leaf.ts';

/** What a route says in place of its pool; the rest is the pool's. */
export type RouteRetries = { readonly [Name in keyof RetryPlan]?: RetryPlan[Name] | undefined };

type Range = readonly [from: number, to: number];

interface Causes {
  readonly on: readonly RetryReason[];
  readonly statuses: readonly Range[];
}

const names = ['conn-failure', 'empty-response', 'junk-response', 'response-timeout'] as const;

const cause = z.union([z.enum([...names, '5xx']), z.int().min(400).max(599)]);

const causes: z.ZodType<Causes> = z
  .array(cause)
  .transform((list) => ({
    on: names.filter((name) => list.includes(name)),
    statuses: rangesOf(list),
  }))
  .meta({
    description:
      'After what: `conn-failure` (no connection to the server; nothing was sent), `empty-response` (closed or reset without a byte of an answer), `junk-response` (what came is no answer), `response-timeout` (the head of the answer did not come in time), statuses such as `503`, `5xx` for all from 500 on. `[]`: after nothing',
    examples: [['conn-failure', 'empty-response', 502, 503, 504]],
  });

function rangesOf(list: readonly (string | number)[]): readonly Range[] {
  const all: readonly Range[] = list.includes('5xx') ? [[500, 599]] : [];
  const numbers = [...new Set(list.filter((each) => typeof each === 'number'))].toSorted((a, b) => a - b);
  return [...numbers.filter((each) => each < 500 || all.length === 0).map((each): Range => [each, each]), ...all];
}

const wait = { min: '1ms', max: '1h' };

const attempts = count(
  'How often a request is tried again. Servers that cannot be connected to are passed over without being counted',
  3,
  [0, 20],
);
const nonIdempotent = flag(
  'Also requests that may do twice what they are to do once (POST, PATCH and methods that nobody knows)',
  true,
);
const perTryTimeout = duration(
  'Wait for the head of an answer before another server is asked, where the request may be tried again. The last attempt waits for what is left of `firstByte`, which is for all attempts together. Needs `response-timeout` in `on`',
  '2s',
  wait,
);
const bodyLimit = size(
  'So much of the body of a request is kept while it is sent, so that it can be sent again; longer ones are not tried again once they have begun to leave',
  '64kB',
  { min: '0B', max: '10MB' },
);
const sameServer = flag(
  'The server that failed is asked again, after a pause, and another one only with the last attempt',
  true,
);

const backoff = z
  .strictObject({
    base: duration('Pauses are drawn from 0 to this, then to 3, 7, 15 times this', '25ms', wait).prefault('25ms'),
    max: duration('Longest pause', '250ms', wait).prefault('250ms'),
  })
  .transform(({ base, max }) => ({ baseMs: base, maxMs: max }));

const pauses = 'Pauses before a server is asked that has failed this request already; another one is asked at once';

const budget = z
  .strictObject({
    percent: count('Percent of the requests that the servers of the pool have', 20, [0, 100]).default(20),
    min: count('So many always may', 3, [0, 10_000]).default(3),
    wait: duration('A request that has no place waits so long for one; `0s`: not at all', '1s', {
      min: '0s',
      max: '1m',
    }).prefault('1s'),
  })
  .transform(({ percent, min, wait: longest }) => ({ percent, min, waitMs: longest }));

/** A wait that nothing follows would only cut off answers. */
function needsTimeout(value: { perTryTimeout?: unknown; on?: Causes | undefined }, context: z.RefinementCtx): void {
  if (value.perTryTimeout === undefined || value.on === undefined || value.on.on.includes('response-timeout')) return;
  const params = { remedy: 'add response-timeout to "on", or leave perTryTimeout out' };
  const message = 'nothing would follow: "on" does not have response-timeout';
  context.addIssue({ code: 'custom', path: ['perTryTimeout'], message, params });
}

/** `retries` of a pool. */
export const poolRetriesSchema: z.ZodType<PoolRetryPlan> = z
  .strictObject({
    attempts: attempts.default(3),
    on: causes.prefault(['conn-failure', 'empty-response']),
    nonIdempotent: nonIdempotent.default(false),
    perTryTimeout: perTryTimeout.optional(),
    bodyLimit: bodyLimit.prefault('64kB'),
    backoff: backoff.prefault({}).describe(pauses),
    budget: budget
      .prefault({})
      .describe(
        'How many requests that a server has had may be tried again at a time, over all threads, so that retries do not bring down what is left',
      ),
    sameServer: sameServer.default(false),
  })
  .superRefine(needsTimeout)
  .transform(({ on, perTryTimeout: perTryMs, bodyLimit: bodyBytes, backoff: backOff, ...rest }) => ({
    ...rest,
    ...on,
    perTryMs,
    bodyBytes,
    backOff,
  }));

/** `retries` of a route. */
export const routeRetriesSchema: z.ZodType<RouteRetries> = z
  .strictObject({
    attempts: attempts.optional(),
    on: causes.optional(),
    nonIdempotent: nonIdempotent.optional(),
    perTryTimeout: perTryTimeout.optional(),
    bodyLimit: bodyLimit.optional(),
    backoff: backoff.optional().describe(pauses),
    sameServer: sameServer.optional(),
  })
  .superRefine(needsTimeout)
  .transform(({ on, perTryTimeout: perTryMs, bodyLimit: bodyBytes, backoff: backOff, ...rest }) => ({
    ...rest,
    ...on,
    perTryMs,
    bodyBytes,
    backOff,
  }))
  .meta({
    description: 'When a request of this route is tried again; what is not said here is as in its pool',
    examples: [{ on: ['conn-failure', 'empty-response', 503] }],
  });

/** What holds for a route: what it says, and the pool's for the rest. Undefined: it says nothing. */
export function routeRetries(own: RouteRetries | undefined, pool: PoolRetryPlan): RetryPlan | undefined {
  if (own === undefined) return undefined;
  return {
    attempts: own.attempts ?? pool.attempts,
    on: own.on ?? pool.on,
    statuses: own.statuses ?? pool.statuses,
    nonIdempotent: own.nonIdempotent ?? pool.nonIdempotent,
    perTryMs: own.perTryMs ?? pool.perTryMs,
    bodyBytes: own.bodyBytes ?? pool.bodyBytes,
    backOff: own.backOff ?? pool.backOff,
    sameServer: own.sameServer ?? pool.sameServer,
  };
}
