import { z } from 'zod';

import {
  longestStreak,
  type BreakerPlan,
  type FailurePercentagePlan,
  type LatencyPlan,
  type OutliersPlan,
  type PassivePlan,
  type SuccessRatePlan,
} from '../../proxy/index.ts';
import { count, duration } from './leaf.ts';

const span = { min: '100ms', max: '1d' };
const streak = [0, Math.min(1000, longestStreak)] as const;
const people = [1, 1_000_000_000] as const;

function ratio(description: string, example: number): z.ZodNumber {
  return z
    .number()
    .min(0.01)
    .max(1)
    .meta({ description, examples: [example], unit: 'number, 0.01 to 1' });
}

function factor(description: string, example: number, [min, max]: readonly [number, number]): z.ZodNumber {
  return z
    .number()
    .min(min)
    .max(max)
    .meta({ description, examples: [example], unit: `number, ${min} to ${max}` });
}

function enough(
  minServers: number,
  minRequests: number,
): { readonly minServers: z.ZodDefault<z.ZodNumber>; readonly minRequests: z.ZodDefault<z.ZodNumber> } {
  return {
    minServers: count('Nothing is compared with fewer servers that had enough requests', minServers, [2, 1000]).default(
      minServers,
    ),
    minRequests: count('Requests of a server within the interval that are enough', minRequests, people).default(
      minRequests,
    ),
  };
}

const successRate: z.ZodType<SuccessRatePlan | false> = z
  .union([
    z.literal(false),
    z.strictObject({
      ...enough(5, 100),
      stdevFactor: factor(
        'Out are servers whose rate of success is so many standard deviations below the mean of all',
        1.9,
        [0.1, 10],
      ).default(1.9),
    }),
  ])
  .prefault({})
  .meta({
    description: 'Servers that succeed more seldom than the others are taken out; `false`: they are not',
    examples: [{ minServers: 5 }, false],
  });

const failurePercentage: z.ZodType<FailurePercentagePlan> = z.strictObject({
  threshold: count('Out are servers with whom so many percent of the requests failed', 85, [1, 100]).default(85),
  ...enough(5, 50),
});

const latency: z.ZodType<LatencyPlan> = z
  .strictObject({
    factor: factor(
      'Out are servers whose mean time to the first byte is so many times the median of the others',
      3,
      [1.1, 1000],
    ).default(3),
    over: duration('A shorter mean time is never too long', '100ms', { min: '1ms', max: '1h' }).prefault('100ms'),
    ...enough(3, 50),
  })
  .transform(({ over, ...rest }) => ({ ...rest, overMs: over }));

const given = z
  .strictObject({
    consecutiveFailures: count(
      'So many requests in a row that fail, or are answered with a 5xx other than 501 and 505; `0`: these do not count',
      5,
      streak,
    ).default(5),
    consecutiveGatewayFailures: count(
      'The same with 502, 503 and 504 alone of the statuses; `0`: it does not count',
      5,
      streak,
    ).default(0),
    consecutiveUnanswered: count(
      'The same with requests alone that get no answer: no connection, a time-out, a reset, something that is no HTTP; `0`: it does not count',
      5,
      streak,
    ).default(5),
    interval: duration('Rates are compared at this distance', '10s', span).prefault('10s'),
    baseEjection: duration(
      'A server is out for so long, times how often that has happened of late',
      '30s',
      span,
    ).prefault('30s'),
    maxEjection: duration('Longest time that a server is out', '5m', span).prefault('300s'),
    jitter: duration('Up to so much is added, so that not all come back at once', '5s', {
      min: '0s',
      max: '1h',
    }).prefault('0s'),
    maxEjected: count(
      'Percent of the servers of the pool that are out at once at most; one always may be',
      10,
      [0, 100],
    ).default(10),
    successRate,
    failurePercentage: failurePercentage.optional().meta({
      description: 'Servers with whom many requests fail are taken out. Unless set, it does not count',
      examples: [{ threshold: 85 }],
    }),
    latency: latency.optional().meta({
      description: 'Servers that are much slower than the others are taken out. Unless set, it does not count',
      examples: [{ factor: 3, over: '200ms' }],
    }),
  })
  .refine(({ baseEjection, maxEjection }) => baseEjection <= maxEjection, {
    path: ['baseEjection'],
    message: 'it is longer than maxEjection',
    params: { remedy: 'make maxEjection at least as long' },
  })
  .transform(
    ({
      interval,
      baseEjection,
      maxEjection,
      jitter,
      successRate: rate,
      failurePercentage: share,
      latency: slow,
      ...rest
    }) => ({
      ...rest,
      intervalMs: interval,
      baseMs: baseEjection,
      maxMs: maxEjection,
      jitterMs: jitter,
      successRate: rate === false ? undefined : rate,
      failurePercentage: share,
      latency: slow,
    }),
  );

/** The key `outliers` of a pool. */
export const outliersSchema: z.ZodType<OutliersPlan | false> = z.union([z.literal(false), given]);

/** Where the config says nothing: a server that answers nobody is not worth the wait of many. */
const usualOutliers: OutliersPlan = {
  consecutiveFailures: 0,
  consecutiveGatewayFailures: 0,
  consecutiveUnanswered: 5,
  intervalMs: 10_000,
  baseMs: 10_000,
  maxMs: 60_000,
  jitterMs: 0,
  maxEjected: 50,
  successRate: undefined,
  failurePercentage: undefined,
  latency: undefined,
};

/** The key `breaker` of a pool. */
export const breakerSchema: z.ZodType<BreakerPlan> = z
  .strictObject({
    of: z
      .enum(['pool', 'servers', 'both'])
      .default('both')
      .meta({
        description:
          '`pool`: all requests for the pool are refused while it is open. `servers`: each server has one, and gets no requests while it is open. `both`: both',
        examples: ['pool'],
      }),
    failureRatio: ratio('It opens where so many of the requests fail', 0.5).default(0.5),
    minRequests: count('Fewer requests within the window say nothing', 20, people).default(20),
    window: duration('The last requests are those of so long', '10s', { min: '1s', max: '1h' }).prefault('10s'),
    open: duration('It stays open for so long', '10s', span).prefault('10s'),
    halfOpen: count(
      'So many requests then try out at once whether it may close; it does when so many have gone well, and opens again with the first that fails',
      1,
      [1, 1000],
    ).default(1),
    slow: z
      .strictObject({
        over: duration('An answer is slow whose first byte takes longer', '2s', { min: '1ms', max: '1h' }),
        ratio: ratio('It opens where so many of the answers are slow', 0.5).default(0.5),
      })
      .transform(({ over, ratio: share }) => ({ overMs: over, ratio: share }))
      .optional()
      .meta({
        description: 'Slow answers open it too. Unless set, they do not',
        examples: [{ over: '2s' }],
      }),
  })
  .transform(({ window, open, slow, ...rest }) => ({ ...rest, windowMs: window, openMs: open, slow }));

/** What traffic changes about the servers of a pool; undefined: nothing. */
export function passivePlan({
  outliers = usualOutliers,
  breaker,
}: {
  readonly outliers?: OutliersPlan | false | undefined;
  readonly breaker?: BreakerPlan | undefined;
}): PassivePlan | undefined {
  if (outliers === false && breaker === undefined) return undefined;
  return { outliers: outliers === false ? undefined : outliers, breaker };
}
