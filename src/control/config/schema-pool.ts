import { z } from 'zod';

import type { IdleConnectionLimits, ServerTimeouts } from '../../proxy/index.ts';
import type { PoolConfig } from './config.ts';
import { count, duration, flag, text } from './leaf.ts';
import { readIpAddress } from './network.ts';
import { balanceSchema } from './schema-balance.ts';
import { perServerSchema, poolMaxSchema, queueSchema } from './schema-capacity.ts';
import { limitsSchema } from './schema-listener.ts';
import { healthSchema } from './schema-health.ts';
import { protocolSchema } from './schema-http2.ts';
import { poolRetriesSchema } from './schema-retries.ts';
import { breakerSchema, outliersSchema } from './schema-passive.ts';
import { serverTlsSchema } from './schema-server-tls.ts';
import { agentSchema, loadSchema } from './schema-server-word.ts';
import { serverSchema } from './schema-server.ts';
import { stickySchema } from './schema-sticky.ts';

const wait = { min: '1ms', max: '7d' };

const timeouts: z.ZodType<ServerTimeouts> = z
  .strictObject({
    connect: duration('Connecting to a server, over all of its addresses together', '2s', wait).prefault('5s'),
    firstByte: duration('From the last byte of the request to the head of the answer', '5m', wait).prefault('60s'),
    idle: duration(
      'Longest silence within an answer, and longest time in which the server takes nothing of a request. Not for gRPC calls, whose streams may be silent: for those it is said in their route',
      '5m',
      wait,
    ).prefault('60s'),
  })
  .transform((t) => ({ connectMs: t.connect, firstByteMs: t.firstByte, idleMs: t.idle }));

const idleConnections: z.ZodType<IdleConnectionLimits> = z
  .strictObject({
    max: count('Connections kept open to each server; `0`: every request opens its own', 500, [0, 100_000]).default(
      256,
    ),
    idle: duration(
      'Closed after so long without use; should be shorter than the keep-alive of the servers',
      '4s',
      wait,
    ).prefault('50s'),
    maxAge: duration('Not used again after so long', '10m', wait).prefault('1h'),
    maxRequests: count('Requests that one connection carries; `0`: no limit', 1000, [0, 1_000_000_000]).default(0),
  })
  .transform((c) => ({ max: c.max, idleMs: c.idle, maxAgeMs: c.maxAge, maxRequests: c.maxRequests }));

/** One pool. */
export const poolSchema: z.ZodType<PoolConfig> = z.strictObject({
  balance: balanceSchema,
  servers: z
    .array(serverSchema)
    .min(1)
    .meta({
      description: 'The servers',
      examples: [['http://10.0.0.5:8080', 'http://10.0.0.6:8080']],
    }),
  activateBelow: count(
    'Where fewer servers than this are usable, those of the next `group` (and backup servers) are used with them',
    2,
    [1, 1000],
  ).default(1),
  panicBelow: count(
    'Percent: where a smaller share of the servers is up, the checks are not believed and all of them are used; `0`: never',
    50,
    [0, 100],
  ).default(0),
  maxRequests: poolMaxSchema,
  perServer: perServerSchema,
  queue: queueSchema,
  timeouts: timeouts
    .prefault({})
    .describe(
      'Waits on servers. None of them ends a transfer that makes progress. Whether there was any is looked at once in each `idle`: silence ends after one to two of them',
    ),
  idleConnections: idleConnections.prefault({}).describe('Connections to servers that wait for the next request'),
  limits: limitsSchema('an answer')
    .prefault({})
    .describe('Limits of answers; a larger one becomes a 502, or is cut off where it has begun'),
  lenient: flag(
    'Accepts a bare LF as the end of a line, and empty lines before an answer, as some old servers send them',
    true,
  ).default(false),
  sourceAddress: text(readIpAddress, {
    description: 'Local IP address of connections to these servers; the system chooses, unless set',
    examples: ['10.0.0.2'],
  }).optional(),
  protocol: protocolSchema.optional(),
  tls: serverTlsSchema.optional().describe('How servers with `https://` are spoken to'),
  health: healthSchema
    .optional()
    .describe(
      'Whether each server works is asked again and again, and those that do not get no requests. Unless set, nobody asks',
    )
    .meta({ examples: [{ path: '/health' }] }),
  agent: agentSchema
    .optional()
    .describe(
      "A program on each server says, in the words of HAProxy's agent checks, how much it can take. Unless set, none is asked",
    )
    .meta({ examples: [{ port: 8082 }] }),
  load: loadSchema
    .optional()
    .describe(
      'Each server reports its load as a number: from `0` (idle) to `100` (busy), which lowers its weight; `101` and `102` say that it is down. Not with `agent`. Unless set, it is not asked for',
    )
    .meta({ examples: [{ path: '/load' }] }),
  retries: poolRetriesSchema
    .prefault({})
    .describe('When a request is tried again, with another server or, after a pause, with the same'),
  outliers: outliersSchema
    .optional()
    .describe(
      'A server that stands out by failing is taken out for a while. Unless set, that happens after five requests in a row without an answer, for 10 s, then 20 s, and so on; `false`: never',
    )
    .meta({ examples: [{ consecutiveFailures: 5 }, false] }),
  breaker: breakerSchema
    .optional()
    .describe('A circuit breaker: while most requests fail, none are sent. Unless set, there is none')
    .meta({ examples: [{ failureRatio: 0.5, window: '10s' }] }),
  sticky: stickySchema.optional(),
  slowStart: duration(
    'Time in which the weight of a server grows to its whole when it has come back, or is added while the proxy runs; `0s`: it has it at once',
    '30s',
    { min: '0s', max: '1h' },
  ).prefault('0s'),
});
