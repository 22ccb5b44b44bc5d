import { z } from 'zod';

import type { Controlled } from '../controlled.ts';
import type { ServerCommand } from '../servers/decide-command.ts';
import {
  addedSchema,
  changeSchema,
  mostLimit,
  mostWeight,
  splitSchema,
  type RuntimeState,
} from '../servers/runtime-change.ts';
import type { ServerResult } from '../servers/runtime-servers.ts';
import { problem, type AdminAnswer } from './admin-answer.ts';
import type { AdminHandler } from './admin-server.ts';
import type { Endpoint } from './endpoint.ts';
import { callerName, whoSays } from './who-says.ts';
import { wrongBody } from './wrong-body.ts';

const doings = ['add', 'remove', 'drain', 'maint', 'ready', 'weight', 'limit', 'reset', 'load', 'close'] as const;

/** Calls about servers at run time. */
export type ServerCall = 'GET /api/v1/servers/diff' | `POST /api/v1/servers/${(typeof doings)[number]}`;

const pool = z.string().min(1).max(2000).describe('Its name in the config, or its URL where a route has one');
const server = z
  .string()
  .min(1)
  .max(2000)
  .describe('Its URL, or `host:port`, or the host where that is one server alone');
const by = callerName;

const one = { pool, server, by };
const oneBody = z.strictObject(one);
const addBody = z.strictObject({ pool, server: addedSchema.describe('As in the config'), by });
const weightBody = z.strictObject({ ...one, weight: z.int().min(0).max(mostWeight) });
const bound = z.int().min(0).max(mostLimit).optional();
const limitBody = z.strictObject({
  ...one,
  maxRequests: bound.describe('Requests at once; 0: no bound; missing: as before'),
  maxConnections: bound.describe('Open connections; 0: no bound; missing: as before'),
});
const resetBody = z.strictObject({ pool: pool.optional(), server: server.optional(), by });

const changed = z.object({
  changed: z.boolean().describe('False: all was so already'),
  servers: z.array(z.object({ pool: z.string(), server: z.string() })),
  lost: z.string().optional().describe('Why it will not outlive the process; missing: it will'),
});

/** What a server has to do yet. */
export const loadAnswer: z.ZodType<{
  readonly pool: string;
  readonly server: string;
  readonly operator: 'ready' | 'drain' | 'maint';
  readonly weight: number;
  readonly exchanges: number;
}> = z.object({
  pool: z.string(),
  server: z.string(),
  operator: z.enum(['ready', 'drain', 'maint']),
  weight: z.number(),
  exchanges: z.number().describe('Requests and tunnels that it has now'),
});

export const changedAnswer: z.ZodType<{
  readonly changed: boolean;
  readonly servers: readonly { readonly pool: string; readonly server: string }[];
  readonly lost?: string | undefined;
}> = changed;

export const diffAnswer: z.ZodType<RuntimeState> = z.object({
  changes: z.array(changeSchema),
  splits: z.array(splitSchema),
});

const refusals = {
  400: 'The body is not what this call takes, or this is no server',
  404: 'There is no such pool or server',
  409: 'Not as things are',
};

function changing(summary: string, request: z.ZodType): Endpoint {
  return { summary, access: 'token', request, answers: { 200: changed }, refusals };
}

/** What these calls take and give. */
export const serverEndpoints: Readonly<Record<ServerCall, Endpoint>> = {
  'GET /api/v1/servers/diff': {
    summary: 'How servers differ from the config, by what was said while it ran',
    access: 'read',
    answers: { 200: diffAnswer },
  },
  'POST /api/v1/servers/add': changing('Adds a server to a pool', addBody),
  'POST /api/v1/servers/remove': changing('Removes a server: requests that it has may end', oneBody),
  'POST /api/v1/servers/drain': changing('Gives a server nothing new, but for clients that are bound to it', oneBody),
  'POST /api/v1/servers/maint': changing('Puts a server in maintenance: it gets nothing, and is not checked', oneBody),
  'POST /api/v1/servers/ready': changing('Takes `drain` and `maint` back', oneBody),
  'POST /api/v1/servers/weight': changing('Gives a server another weight', weightBody),
  'POST /api/v1/servers/limit': changing('Bounds what a server has at once', limitBody),
  'POST /api/v1/servers/reset': changing('Goes back to the config, for one server, a pool or all', resetBody),
  'POST /api/v1/servers/load': {
    summary: 'What a server has to do yet',
    access: 'read',
    request: oneBody,
    answers: { 200: loadAnswer },
    refusals,
  },
  'POST /api/v1/servers/close': {
    summary: 'Closes all connections to a server that drains or is in maintenance, with what is on its way',
    access: 'token',
    request: oneBody,
    answers: { 200: loadAnswer },
    refusals,
  },
};

/** What these calls do. */
export function serverHandlers({ servers }: Controlled): Readonly<Record<ServerCall, AdminHandler>> {
  const commanding = <T extends { readonly by?: string | undefined }>(
    schema: z.ZodType<T>,
    command: (body: T) => ServerCommand,
  ): AdminHandler => reading(schema, async (body, who) => answerTo(await servers.change(command(body), who)));
  const simple = (what: 'remove' | 'drain' | 'maint' | 'ready'): AdminHandler =>
    commanding(oneBody, (body) => ({ do: what, pool: body.pool, server: body.server }));
  return {
    'GET /api/v1/servers/diff': async () => ({ status: 200, body: servers.state }),
    'POST /api/v1/servers/add': commanding(addBody, (body) => ({ do: 'add', pool: body.pool, server: body.server })),
    'POST /api/v1/servers/remove': simple('remove'),
    'POST /api/v1/servers/drain': simple('drain'),
    'POST /api/v1/servers/maint': simple('maint'),
    'POST /api/v1/servers/ready': simple('ready'),
    'POST /api/v1/servers/weight': commanding(weightBody, ({ pool: name, server: which, weight }) => ({
      do: 'weight',
      pool: name,
      server: which,
      weight,
    })),
    'POST /api/v1/servers/limit': commanding(
      limitBody,
      ({ pool: name, server: which, maxRequests, maxConnections }) => ({
        do: 'limit',
        pool: name,
        server: which,
        limits: { maxRequests, maxConnections },
      }),
    ),
    'POST /api/v1/servers/reset': commanding(resetBody, (body) => ({
      do: 'reset',
      pool: body.pool,
      server: body.server,
    })),
    'POST /api/v1/servers/load': reading(oneBody, async (body) => answerTo(servers.load(body.pool, body.server))),
    'POST /api/v1/servers/close': reading(oneBody, async (body, who) =>
      answerTo(await servers.cut(body.pool, body.server, who)),
    ),
  };
}

function reading<T extends { readonly by?: string | undefined }>(
  schema: z.ZodType<T>,
  then: (body: T, who: string) => Promise<AdminAnswer>,
): AdminHandler {
  return async (request) => {
    const read = schema.safeParse(request.body ?? {});
    return read.success ? await then(read.data, whoSays(read.data.by, request)) : wrongBody(read.error);
  };
}

const statuses = { unknown: 404, conflict: 409, wrong: 400, failed: 409 } as const;

function answerTo(
  result: ServerResult | z.infer<typeof loadAnswer> | Extract<ServerResult, { ok: false }>,
): AdminAnswer {
  if (!('ok' in result)) return { status: 200, body: result };
  if (!result.ok) return problem(statuses[result.why], result.message);
  const { changed: isChanged, servers, lost } = result;
  return { status: 200, body: { changed: isChanged, servers, lost } };
}
