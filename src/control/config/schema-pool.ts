import { z } from 'zod';

import type { IdleConnectionLimits, ServerTimeouts } from '../../proxy/index.ts';
import type { PoolConfig } from './config.ts';
import { count, duration, flag, text } from './leaf.ts';
import { readIpAddress } from './network.ts';
import { limitsSchema } from './schema-listener.ts';
import { serverTlsSchema } from './schema-server-tls.ts';
import { readServerUrl, type ServerAddress } from './server-url.ts';

const wait = { min: '1ms', max: '7d' };

const url = text(readServerUrl, {
  description:
    'URL of a server: `http://host:port`, `https://host:port` (spoken to by TLS, as `tls` says) or `unix:/path/of.sock`, without a path',
  examples: ['http://10.0.0.5:8080', 'https://app.internal', 'http://[fd00::5]:8080', 'unix:/run/app.sock'],
});

const server: z.ZodType<ServerAddress> = z.union([url, z.strictObject({ url }).transform((value) => value.url)]).meta({
  description: 'A server: its URL, or a map with the key `url`',
  examples: ['http://10.0.0.5:8080', { url: 'http://10.0.0.6:8080' }],
});

const timeouts: z.ZodType<ServerTimeouts> = z
  .strictObject({
    connect: duration('Connecting to a server, over all of its addresses together', '2s', wait).prefault('5s'),
    firstByte: duration('From the last byte of the request to the head of the answer', '5m', wait).prefault('60s'),
    idle: duration(
      'Longest silence within an answer, and longest time in which the server takes nothing of a request',
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
  balance: z
    .enum(['round-robin'])
    .default('round-robin')
    .meta({
      description: 'How a server is chosen: `round-robin` takes them in turn',
      examples: ['round-robin'],
    }),
  servers: z
    .array(server)
    .min(1)
    .meta({
      description: 'The servers',
      examples: [['http://10.0.0.5:8080', 'http://10.0.0.6:8080']],
    }),
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
  tls: serverTlsSchema.optional().describe('How servers with `https://` are spoken to'),
});
