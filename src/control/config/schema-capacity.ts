import { z } from 'zod';

import type { Importance, QueuePlan, ServerLimits } from '../../proxy/index.ts';
import { importances } from '../../proxy/index.ts';
import type { Some } from './config.ts';
import { count, duration } from './leaf.ts';

const most = 1_000_000;

/** What one server may have; a server's own keys, and those for all servers of a pool. */
export const serverLimitKeys: {
  readonly maxRequests: z.ZodOptional<z.ZodType<number>>;
  readonly maxConnections: z.ZodOptional<z.ZodType<number>>;
} = {
  maxRequests: count(
    'Requests that it has at once, over all threads; further ones go to other servers, or wait in the queue of the pool; `0`: no bound',
    100,
    [0, most],
  ).optional(),
  maxConnections: count('Connections to it that are open, idle ones too, over all threads; `0`: no bound', 100, [
    0,
    most,
  ]).optional(),
};

/** For servers that do not say it themselves. */
export const perServerSchema: z.ZodType<Some<ServerLimits>> = z
  .strictObject(serverLimitKeys)
  .prefault({})
  .meta({
    description: 'Bounds of each server that has none of its own',
    examples: [{ maxRequests: 100 }],
  });

/** The bound of the pool itself. */
export const poolMaxSchema: z.ZodType<number> = count(
  'Requests that all servers of the pool have at once, together; further ones wait in the queue; `0`: no bound',
  1000,
  [0, most],
).default(0);

/** Where requests wait while all servers are full. */
export const queueSchema: z.ZodType<QueuePlan> = z
  .strictObject({
    max: count(
      'Requests that wait at once, over all threads. One more gets a 503, or takes the place of one that is less important; `0`: none waits',
      256,
      [0, 100_000],
    ).default(1024),
    timeout: duration('How long a request waits at most; then it gets a 503', '2s', { min: '1ms', max: '1h' }).prefault(
      '5s',
    ),
  })
  .transform(({ max, timeout }) => ({ max, timeoutMs: timeout }))
  .prefault({})
  .meta({
    description:
      'Where requests wait while all servers are full. The order is that of their coming, by the `importance` of their routes',
    examples: [{ max: 256, timeout: '2s' }],
  });

/** Of a route. */
export const importanceSchema: z.ZodType<Importance> = z
  .enum(importances)
  .default('normal')
  .meta({
    description:
      'Whose requests come first where not all can be served at once: in queues of pools, and when requests are shed. It has nothing to do with `priority`',
    examples: ['high', 'low'],
  });
