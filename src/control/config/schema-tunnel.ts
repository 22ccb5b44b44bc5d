import { z } from 'zod';

import type { TunnelPlan } from '../../proxy/index.ts';
import { count, duration } from './leaf.ts';

/** The key `tunnel` of a route. */
export const tunnelSchema: z.ZodType<TunnelPlan> = z
  .strictObject({
    idle: duration('Longest silence of both sides; as `timeouts.tunnelIdle` of the listener says, unless set', '10m', {
      min: '1ms',
      max: '7d',
    }).optional(),
    maxLife: duration('Closed so long after it was opened, whatever goes on in it; `0s`: never', '12h', {
      min: '0s',
      max: '365d',
    }).prefault('0s'),
    max: count('Open at once, over all threads; one more gets a 503; `0`: no bound', 1000, [0, 1_000_000]).default(0),
  })
  .transform(({ idle, maxLife, max }) => ({ idleMs: idle, maxLifeMs: maxLife, max }))
  .meta({
    description:
      'Bounds of WebSockets and other upgraded connections. Unless set, the silence that the listener allows is the only one',
    examples: [{ idle: '10m', maxLife: '12h', max: 1000 }],
  });
