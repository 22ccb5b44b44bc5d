import { z } from 'zod';

import type { ShedPlan } from '../../proxy/index.ts';
import { duration, flag } from './leaf.ts';

/** When requests are refused so that the others are served in time. */
export const shedSchema: z.ZodType<ShedPlan> = z
  .strictObject({
    loopDelay: duration(
      'How late the event loop of a thread may be on average. Beyond it more and more of its requests get a 503: all of low `importance`, then those of normal; never those of high. `0s`: it is not looked at',
      '200ms',
      { min: '0s', max: '1m' },
    ).prefault('0s'),
    memory: flag('Requests of low `importance` get a 503 while memory is short', true).default(false),
  })
  .transform(({ loopDelay, memory }) => ({ loopDelayMs: loopDelay, memory }));
