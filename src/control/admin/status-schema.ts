import { z } from 'zod';

import { poolState, serverState } from './server-state-schema.ts';

const total = z.number().describe('Since the start');
const time = z.string().describe('ISO 8601');

/** One mistake or doubt in a config; of what went wrong elsewhere there is only a message. */
export const problemSchema: z.ZodType<object> = z.object({
  message: z.string(),
  remedy: z.string().optional().describe('What would be right'),
  severity: z.enum(['error', 'warning']).optional(),
  file: z.string().optional(),
  line: z.number().optional().describe('From 1; 0: nowhere in particular'),
  column: z.number().optional(),
  path: z.string().optional().describe('`routes[2].to`'),
});

export const problemsSchema: z.ZodType<object> = z.object({ problems: z.array(problemSchema) });

/** Listeners and their addresses. */
const listener = z.object({
  name: z.string(),
  address: z.string().describe('`127.0.0.1:8080`, `[::]:8080` or `unix:/run/x.sock`'),
});

const loop = z
  .object({ mean: z.number(), p99: z.number(), max: z.number() })
  .describe('How late its event loop was, in ms');

export const threadSchema: z.ZodType<object> = z.object({
  name: z.string(),
  state: z.enum(['caller', 'running', 'starting', 'stopped']),
  replaced: z.number().describe('How often it died and was replaced'),
  generation: z.number().describe('Threads with the same number have the same plan'),
  traffic: z
    .object({
      connections: z.number(),
      exchanges: z.number().describe('In flight'),
      exchangesTotal: total,
      loop,
      shed: z.number().optional().describe('Share of the requests of normal importance that it refuses'),
      heapBytes: z.number(),
    })
    .optional()
    .describe('Missing while it is being replaced'),
});

const server = z.looseObject({
  name: z.string(),
  addresses: z.array(z.string()),
  exchanges: z.number().optional().describe('In flight'),
  maxRequests: z.number().optional().describe('`0`: no bound'),
  maxConnections: z.number().optional().describe('`0`: no bound'),
  open: z.number().describe('Connections'),
  idle: z.number().describe('Connections that wait for a request'),
  exchangesTotal: total,
  failuresTotal: total,
});

const handshakes = z.object({
  done: total,
  resumed: total,
  failed: total,
  versions: z.array(z.object({ version: z.string(), full: z.number(), resumed: z.number() })),
});

const traffic = z.looseObject({
  listeners: z.array(listener.extend({ connections: z.number() })),
  connections: z.number(),
  connectionsTotal: total,
  connectionsRefused: total,
  exchanges: z.number().describe('In flight'),
  exchangesTotal: total,
  tunnels: z.number(),
  pools: z.array(
    z.looseObject({
      name: z.string(),
      waiting: z.number().optional().describe('For a server'),
      servers: z.array(server),
    }),
  ),
  handshakes: handshakes.optional(),
  accessLog: z.object({ written: total, dropped: total }),
  loop,
  heapBytes: z.number(),
});

export const certificateSchema: z.ZodType<object> = z.object({
  listener: z.string(),
  name: z.string().describe('Its file'),
  names: z.array(z.string()).describe('Hosts that it is for'),
  issuer: z.string(),
  notAfter: time,
  daysLeft: z.number().describe('Negative: it has expired'),
  fingerprint: z.string().describe('SHA-256, lower-case hex'),
});

const name = z.looseObject({
  name: z.string(),
  source: z.string(),
  addresses: z.array(z.string()),
  failure: z.string().optional(),
});

const disabled = z.object({
  kind: z.enum(['route', 'listener', 'certificate']),
  name: z.string(),
  reason: z.string(),
});

export const phaseSchema: z.ZodType<string> = z.enum(['starting', 'running', 'draining', 'stopped']);

export const statusSchema: z.ZodType<object> = z.looseObject({
  version: z.string(),
  pid: z.number(),
  node: z.string(),
  phase: phaseSchema,
  startedAt: time,
  uptimeMs: z.number(),
  memoryBytes: z.number().describe('Of the process'),
  config: z.object({
    from: z.string().describe('Its file'),
    loadedAt: time,
    lastFailure: z
      .object({ at: time, problems: z.array(problemSchema) })
      .optional()
      .describe('Why the last reload changed nothing'),
  }),
  threads: z.array(threadSchema),
  listeners: z.array(listener),
  traffic: traffic.optional().describe('Missing while no thread answers'),
  names: z.array(name),
  beside: z.number().optional().describe('Changes of servers and splits that stand beside the config'),
  disabled: z.array(disabled).describe('What does not work, because something outside the config is missing'),
  certificates: z.array(certificateSchema),
  servers: z.array(z.object({ pool: z.string(), server: z.string(), ...serverState })),
  pools: z
    .array(poolState)
    .optional()
    .describe('Those that have a circuit breaker, or to which something has happened'),
});
