import { z } from 'zod';

import { serverState } from './server-state-schema.ts';
import type { ListenerItem, PoolItem, RouteItem, ServerItem } from './lists.ts';

const at = z.string().optional().describe('Where it stands in the config, as `file:line`');
const total = z.number().describe('Since the start');

const counted = z
  .object({
    requests: z.number().describe('Requests that are over'),
    byStatus: z.object({
      none: z.number().describe('It ended without an answer'),
      '1xx': z.number(),
      '2xx': z.number(),
      '3xx': z.number(),
      '4xx': z.number(),
      '5xx': z.number(),
    }),
    bytesIn: z.number().describe('Of request bodies'),
    bytesOut: z.number().describe("Of answers' bodies"),
  })
  .describe(
    'Since the start, or since its name came into the config; missing: it counts with others, because there are too many',
  );

export const listenerItem: z.ZodType<Partial<ListenerItem>> = z.object({
  name: z.string(),
  at,
  address: z.string(),
  scheme: z.enum(['http', 'https']),
  connections: z.number().describe('Open now'),
  routes: z.number().describe('How many can be reached by it'),
});

export const routeItem: z.ZodType<Partial<RouteItem>> = z.object({
  name: z.string(),
  at,
  hosts: z.array(z.string()).describe('`shop.example.com`, `*.example.com`, or `*` for any'),
  path: z.object({ kind: z.enum(['exact', 'folder', 'prefix', 'regex']), value: z.string() }),
  listeners: z.array(z.string()).optional().describe('Missing: all'),
  priority: z.number(),
  conditional: z.boolean().describe('It has conditions besides host and path'),
  https: z.enum(['allow', 'only', 'redirect']),
  middleware: z.array(z.string()).describe('Names of its features, in their order'),
  pool: z.string().optional().describe('Missing: a feature answers'),
  disabled: z.string().optional().describe('Why it does not work'),
  counted: counted.optional(),
});

const load = {
  open: z.number().describe('Connections'),
  idle: z.number().describe('Connections that wait for a request'),
  requests: total,
  failures: z.number().describe('Attempts that failed, since the start'),
};

export const poolItem: z.ZodType<Partial<PoolItem>> = z.object({
  name: z.string(),
  at,
  balance: z.string(),
  servers: z.array(z.string()),
  routes: z.array(z.string()).describe('Those that lead to it'),
  ...load,
});

export const serverItem: z.ZodType<Partial<ServerItem>> = z.object({
  pool: z.string(),
  name: z.string(),
  secure: z.boolean().describe('Spoken to by TLS'),
  addresses: z.array(z.string()),
  ...load,
  exchanges: z.number().describe('Requests and tunnels that it has now'),
  origin: z.enum(['config', 'added', 'dns']).describe('Where it comes from'),
  changed: z.string().optional().describe('What was said of it while it ran; missing: nothing'),
  counted: counted.optional(),
  state: z.object(serverState).optional(),
});
