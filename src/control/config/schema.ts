import { z } from 'zod';

import type { RotationPlan } from '../../proxy/index.ts';
import type { AccessLogConfig, Config, ForwardingConfig } from './config.ts';
import { readName } from './destination.ts';
import { readHostName } from './host-name.ts';
import { count, duration, flag, readFilePath, size, text } from './leaf.ts';
import { readSocketFile } from './listen-address.ts';
import { readAdminAddress } from './read-address.ts';
import { readNameServer, readNetwork } from './network.ts';
import { bad, good, type Reading } from './reading.ts';
import { listenerSchema } from './schema-listener.ts';
import { eventsSchema } from './schema-events.ts';
import { poolSchema } from './schema-pool.ts';
import { hostHeaderSchema, routeSchema } from './schema-route.ts';
import { shedSchema } from './schema-shed.ts';
import { cookieSecretSchema } from './schema-sticky.ts';
import { traceSchema } from './schema-trace.ts';

/** The name of a query parameter, in lower case. */
function readParameter(name: string): Reading<string> {
  if (/^[^\s&=?#]{1,100}$/.test(name)) return good(name.toLowerCase());
  return bad('it is not the name of a parameter', 'write what stands before the "=" in a query');
}

/** A user or group, by name or number. */
function readAccount(name: string): Reading<string> {
  if (/^(?:[A-Za-z_][\w.-]{0,63}\$?|\d{1,10})$/.test(name)) return good(name);
  return bad('it is not the name of a user or group', 'write a name such as postern, or a number in quotes');
}

function readFolder(path: string): Reading<string> {
  return path === '' ? bad('it is empty', 'write the path of a folder') : good(path);
}

/** The key of a listener or pool. */
const nameKey = z.string().superRefine((value, context) => {
  const reading = readName(value);
  if (reading.ok) return;
  const { what, remedy, better } = reading;
  context.addIssue({ code: 'custom', message: what, params: { remedy, better } });
});

const forwarding: z.ZodType<ForwardingConfig> = z.strictObject({
  trustedProxies: z
    .array(text(readNetwork, { description: 'A network or address', examples: ['10.0.0.0/8'] }))
    .prefault([])
    .meta({
      description:
        'Networks of proxies in front of this one. Only from them are `X-Forwarded-*`, `Forwarded` and `X-Request-Id` believed; from all others they are replaced',
      examples: [['10.0.0.0/8', 'fd00::/8', '192.0.2.1']],
    }),
  hostHeader: hostHeaderSchema(
    'What `Host` says to servers: `preserve` is what the client sent, `server` is the host of the URL of the server, all else is sent as it stands. A route may set its own',
  ).prefault('preserve'),
  forwarded: flag('Also sends `Forwarded` (RFC 7239)', true).default(false),
  via: flag('Adds `Via` to requests and answers', true).default(false),
});

const rotation: z.ZodType<RotationPlan> = z
  .strictObject({
    size: size('Rotated once it is larger; `0B`: not by size', '1GB', { min: '0B', max: '1000GB' }).prefault('100MB'),
    every: duration('Rotated at so long a distance; `0s`: not by time', '7d', { min: '0s', max: '24d' }).prefault(
      '24h',
    ),
    keep: count('Old files kept', 30, [0, 10_000]).default(14),
  })
  .transform((r) => ({ maxBytes: r.size, everyMs: r.every, keep: r.keep }));

/** How a log file is rotated unless the config says otherwise: it must not fill the disk. */
export function defaultRotation(): RotationPlan {
  return rotation.parse({});
}

const accessLog: z.ZodType<AccessLogConfig> = z.strictObject({
  format: z
    .enum(['json', 'combined', 'prtg'])
    .default('json')
    .meta({
      description:
        '`json` has everything, `combined` is what Apache and nginx write, `prtg` is what the web server of PRTG writes',
      examples: ['json', 'combined', 'prtg'],
    }),
  file: text(readFilePath, {
    description: 'Path of the log; relative ones start at the folder of the config file. Standard output, unless set',
    examples: ['/var/log/postern/access.log'],
  }).optional(),
  stdout: z
    .literal(true)
    .optional()
    .meta({ description: 'Says that the log goes to standard output; not with `file`', examples: [true] }),
  mask: z
    .array(text(readParameter, { description: 'A query parameter', examples: ['ticket'] }))
    .prefault([])
    .meta({
      description:
        'Query parameters whose values are written as `***`, besides the usual ones (`password`, `token` and the like); upper and lower case count as one',
      examples: [['ticket', 'pin']],
    }),
  rotate: z
    .union([z.literal(false), rotation])
    .optional()
    .meta({
      description:
        'When a new file is begun, only with `file`; by size and time as below, unless set. `false`: never, something else rotates it',
      examples: [{ size: '1GB', every: '7d', keep: 4 }, false],
    }),
});

/** The whole config: types, checks, JSON Schema and reference all come from this. */
export const configSchema: z.ZodType<Config> = z.strictObject({
  $schema: z
    .string()
    .optional()
    .meta({
      description: 'Where editors find the JSON Schema, for configs in JSON; not read',
      examples: ['./postern.schema.json'],
    }),
  include: z
    .array(z.string().min(1))
    .prefault([])
    .meta({
      description:
        'Files that belong to this config, or folders, of which each `.yaml`, `.yml` and `.json` is one, by name. Listeners and pools are put together by their names, routes one after the other; all else stands in one file only. Paths in them start at the folder of this file',
      examples: [['conf.d', 'pools.yaml']],
    }),
  listeners: z
    .record(nameKey, listenerSchema)
    .refine((value) => Object.keys(value).length > 0, {
      error: 'there is no listener in it',
      params: { remedy: 'add one, for example web: { address: ":8080" }' },
    })
    .meta({
      description: 'Where clients connect, by name',
      examples: [{ web: { address: ':8080' } }],
    }),
  routes: z
    .array(routeSchema)
    .min(1)
    .meta({
      description:
        'Which requests go where. The most specific route wins, whatever the order: an exact host before a wildcard before any host, then the longest path. Two routes with the same host and path are refused where a listener would have both; a route for all listeners overlaps with one for a named listener. What no route matches is answered with 404',
      examples: [[{ to: 'http://10.0.0.5:8080' }]],
    }),
  pools: z
    .record(nameKey, poolSchema)
    .prefault({})
    .meta({
      description: 'Groups of servers that do the same work, by name',
      examples: [{ app: { servers: ['http://10.0.0.5:8080'] } }],
    }),
  forwarding: forwarding.prefault({}).describe('What servers are told of the client'),
  connections: z
    .strictObject({
      total: count('Client connections at once; one more is reset without an answer', 50_000, [1, 1_000_000]).default(
        10_000,
      ),
      perClient: count(
        'Of one client (an IPv4 address, an IPv6 /64) at once; one more is reset without an answer; `0`: no limit',
        100,
        [0, 1_000_000],
      ).default(0),
    })
    .prefault({})
    .describe(
      'Limits of client connections. An idle one costs about 6 kB, so the default total is about 60 MB. There is no limit for one client unless set, because whole offices share an address',
    ),
  accessLog: z
    .union([z.literal(false), accessLog])
    .prefault({})
    .meta({
      description:
        'One line a request, on standard output as JSON unless set: there it is seen at once, service managers and containers collect it, and it fills no disk. `false` for none',
      examples: [{ format: 'combined', file: '/var/log/postern/access.log' }, false],
    }),
  admin: z
    .strictObject({
      socket: text(readSocketFile, {
        description:
          'Path of the socket (mode 0600) through which `postern reload`, `stop` and `status` speak to the process. Unless set: `postern.sock` in `$RUNTIME_DIRECTORY` (set by systemd) or `$XDG_RUNTIME_DIR`, else `/run/postern/postern.sock`',
        examples: ['/run/postern/postern.sock'],
      }).optional(),
      listen: text(readAdminAddress, {
        description:
          'Where programs may read metrics and the admin API over HTTP. Without `tokenFile` an address of this machine alone, and nothing can be changed there. Unless set: nowhere',
        examples: ['127.0.0.1:2020'],
      }).optional(),
      tokenFile: text(readFilePath, {
        description:
          'File whose first line is a token of at least 16 characters. With it, `listen` asks for `Authorization: Bearer` and that token, lets its bearer reload, explain and preview, and may be an address that other machines reach',
        examples: ['/etc/postern/admin-token'],
      }).optional(),
      hosts: z
        .array(text(readHostName, { description: 'A host name', examples: ['admin.example.com'] }))
        .prefault([])
        .meta({
          description:
            'Names that requests to `listen` may have in `Host`, besides its address: for a route that leads there. Others are refused, so that no page in a browser gets at it',
          examples: [['admin.example.com']],
        }),
    })
    .prefault({})
    .describe('Control of the running process'),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error'])
        .default('info')
        .meta({
          description: 'The least that is written to standard error',
          examples: ['info', 'debug'],
        }),
    })
    .prefault({})
    .describe('The messages of the proxy itself'),
  shed: shedSchema
    .optional()
    .describe(
      'When a thread has more to do than it can, requests are refused early, so that the others are served in time. Unless set, none is',
    )
    .meta({ examples: [{ loopDelay: '200ms' }] }),
  trace: traceSchema
    .prefault({})
    .describe('Traces: what was decided about single requests, and spans for a collector. Off unless set')
    .meta({ examples: [{ sample: 0.001 }] }),
  events: eventsSchema
    .prefault({})
    .describe('Who is told of what happens to servers and pools, beside the log')
    .meta({ examples: [{ webhook: { url: 'https://alerts.example.com/postern' } }] }),
  grace: duration('How long requests in flight may go on after a stop', '5m', { min: '0s', max: '7d' }).prefault('30s'),
  cookieSecret: cookieSecretSchema.optional(),
  state: text(readFolder, {
    description:
      'Folder for what has to outlive the process: what was said of servers while it ran, and the secret of cookies. Relative ones start at the folder of the config file. Unless set, the one that the service manager made (`STATE_DIRECTORY`), else that of the control socket',
    examples: ['/var/lib/postern'],
  }).optional(),
  watch: flag(
    'A change of the config, or of a file that it names, is a reload. A change with a mistake is told of, and changes nothing',
    true,
  ).default(false),
  threads: z
    .union([z.literal('auto'), z.int().min(0).max(64)])
    .default('auto')
    .meta({
      description:
        'Data threads, which carry the traffic: `auto` is one for each processor that the process may use, `0` does all in the main thread. Counts from the next start',
      examples: [4, 'auto'],
    }),
  user: text(readAccount, {
    description:
      'Whom the process becomes when root starts it, by name or number (in quotes): before it listens, and for good. It keeps the right to use ports below 1024 and no other, so certificates and their keys must be readable for this user. Counts from the next start',
    examples: ['postern'],
  }).optional(),
  group: text(readAccount, {
    description: 'Its group, by name or number (in quotes); that of `user`, unless set',
    examples: ['postern'],
  }).optional(),
  dns: z
    .strictObject({
      servers: z
        .array(text(readNameServer, { description: 'A DNS server', examples: ['127.0.0.1:53'] }))
        .min(1)
        .optional()
        .meta({
          description: 'DNS servers for the names of servers; those of the system, unless set',
          examples: [['127.0.0.1:53']],
        }),
      hostsFile: text(readFilePath, {
        description: 'Names in this file come before DNS',
        examples: ['/etc/hosts'],
      }).prefault('/etc/hosts'),
    })
    .prefault({})
    .describe('How names of servers are resolved'),
});
