import { z } from 'zod';

import type { AgentPlan, LoadPlan } from '../../proxy/index.ts';
import { count, duration, text } from './leaf.ts';
import { readFieldName } from './middleware/field-names.ts';
import { place, readCheckPath } from './schema-health.ts';

const wait = { min: '50ms', max: '1d' };

const usualTimeoutMs = 2000;

const timeout = duration(
  'Longest wait for what it says; the shorter of 2s and `every`, unless set',
  '1s',
  wait,
).optional();

/** The key `agent` of a pool. */
export const agentSchema: z.ZodType<AgentPlan> = z
  .strictObject({
    ...place,
    port: count('Port of the agent', 8082, [1, 65_535]),
    every: duration('From one question to the next', '5s', wait).prefault('2s'),
    timeout,
    send: z
      .string()
      .max(1000)
      .default('')
      .meta({ description: 'What the agent is sent first, with its line end', examples: ['state\n'] }),
  })
  .transform(({ every, timeout: most = Math.min(every, usualTimeoutMs), ...rest }) => ({
    ...rest,
    address: rest.address,
    everyMs: every,
    timeoutMs: most,
  }));

/** The key `load` of a pool. */
export const loadSchema: z.ZodType<LoadPlan> = z
  .strictObject({
    path: text(readCheckPath, {
      description: 'Path of the page with the number in its first line, or with the field `header`',
      examples: ['/load'],
    }).optional(),
    header: text(readFieldName, {
      description: 'Field of the answer that has the number. Without `path`: of the answers to the checks of `health`',
      examples: ['X-Load'],
    }).optional(),
    ...place,
    every: duration('From one question to the next', '5s', wait).prefault('7s'),
    timeout,
  })
  .refine(({ path, header }) => path !== undefined || header !== undefined, {
    error: 'it does not say where the number stands',
    params: { remedy: 'add path: /load, or header: X-Load' },
  })
  .transform(({ every, timeout: most = Math.min(every, usualTimeoutMs), path, header, address, port }) => ({
    path,
    header,
    address,
    port,
    everyMs: every,
    timeoutMs: most,
  }));
