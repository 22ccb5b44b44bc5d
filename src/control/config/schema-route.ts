import { z } from 'zod';

import type { HostHeader, HostMatch, PathMatch, RouteTimeouts } from '../../proxy/index.ts';
import type { RouteConfig } from './config.ts';
import { readName } from './destination.ts';
import { readHostHeader, readUpgradeToken } from './host-header.ts';
import { readHostPattern } from './host-pattern.ts';
import { count, duration, flag, text } from './leaf.ts';
import { importanceSchema } from './schema-capacity.ts';
import { whenSchema } from './schema-condition.ts';
import { protocolSchema } from './schema-http2.ts';
import { middlewareSchema } from './schema-middleware.ts';
import { routeRetriesSchema } from './schema-retries.ts';
import { serverTlsSchema } from './schema-server-tls.ts';
import { destinationSchema } from './schema-split.ts';
import { transportKeys } from './schema-transport.ts';
import { translateKeys } from './schema-translate.ts';
import { tunnelSchema } from './schema-tunnel.ts';
import { readExactPath, readPathPattern, readRoutePath } from './route-path.ts';

/** `preserve`, `server` or a literal name; the same key for a route and for all of them. */
export function hostHeaderSchema(description: string): z.ZodType<HostHeader> {
  return text(readHostHeader, { description, examples: ['preserve', 'server', 'app.internal:8080'] });
}

const host = text(readHostPattern, { description: 'A host', examples: ['www.example.com', '*.example.com', '*'] });

const hosts: z.ZodType<readonly HostMatch[]> = z
  .union([host, z.array(host).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]))
  .meta({
    description:
      'The host, or a list of them: a name, `*.example.com` (exactly one more label), an IP address, `*` for any. No port: a route holds for every port of its listeners',
    examples: ['www.example.com', ['example.com', '*.example.com']],
  });

const path: z.ZodType<PathMatch> = z
  .union([
    text(readRoutePath, { description: 'A path', examples: ['/app/'] }),
    z
      .strictObject({
        exact: text(readExactPath, { description: 'This path only', examples: ['/robots.txt'] }).optional(),
        regex: text(readPathPattern, {
          description:
            'Paths that fit this regular expression (RE2): somewhere, unless it begins with `^` and ends with `$`',
          examples: [String.raw`^/user/\d+$`],
        }).optional(),
      })
      .check(({ value, issues }) => {
        if (issues.length > 0 || (value.exact === undefined) !== (value.regex === undefined)) return;
        const params = { remedy: 'write for example { exact: /robots.txt } or { regex: "^/user/[0-9]+$" }' };
        issues.push({ code: 'custom', input: value, message: 'a path is either exact or a pattern', params });
      })
      // The check above sees to it that one of them is there.
      .transform(({ exact, regex }) => exact ?? regex!),
  ])
  .meta({
    description:
      'Where the path must begin: `/app/` is the folder and all below it, `/app` is that path and all below it by whole segments, `{ exact: /app }` is that path alone, `{ regex: ... }` all that fit a pattern. The longest match wins, whatever the order; patterns come after exact paths and before all others, in the order of the file',
    examples: ['/app/', '/app', { exact: '/robots.txt' }, { regex: String.raw`^/user/\d+$` }],
  });

const listeners: z.ZodType<readonly string[]> = z
  .union([z.string(), z.array(z.string()).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]))
  .meta({
    description:
      'Listeners through which it can be reached; all, unless set. A route for all and one for a named listener with the same host, path and priority are refused: name the listeners of both',
    examples: ['web', ['web', 'internal']],
  });

const wait = { min: '1ms', max: '7d' };

const timeouts: z.ZodType<RouteTimeouts> = z
  .strictObject({
    connect: duration('As in the pool', '2s', wait).optional(),
    firstByte: duration('As in the pool', '5m', wait).optional(),
    idle: duration('As in the pool; here for gRPC calls as well', '5m', wait).optional(),
  })
  .transform((t) => ({ connectMs: t.connect, firstByteMs: t.firstByte, idleMs: t.idle }))
  .meta({
    description: 'Waits on servers for this route, in place of those of its pool',
    examples: [{ firstByte: '5m' }],
  });

/** One route. */
export const routeSchema: z.ZodType<RouteConfig> = z.strictObject({
  name: text(readName, { description: 'Name in logs; host and path, unless set', examples: ['shop'] }).optional(),
  host: hosts.prefault('*'),
  path: path.prefault('/'),
  listeners: listeners.optional(),
  priority: count(
    'Routes with a higher one are asked first, whatever host and path; only needed where the most specific route is not the right one',
    10,
    [-1000, 1000],
  ).default(0),
  importance: importanceSchema,
  ignoreCase: flag(
    'Upper and lower case (A to Z) count as one in the path, and in patterns for it. The server gets the path as the client wrote it',
    true,
  ).default(false),
  when: whenSchema.optional().meta({
    description:
      'What else must be true of a request. Where it does not hold, the next best route is asked: routes with the same host and path may differ in it',
    examples: [{ method: 'POST' }, { header: { accept: { contains: 'json' } }, address: '10.0.0.0/8' }],
  }),
  to: destinationSchema.optional(),
  keepPrefix: flag('The path goes to a URL as it is, with its prefix', true)
    .optional()
    .describe(
      'The path goes to a URL as it is, with its prefix; `false` unless set. A pool always gets the whole path',
    ),
  hostHeader: hostHeaderSchema('What `Host` says to the server; as in `forwarding.hostHeader`, unless set').optional(),
  upgrade: z
    .array(text(readUpgradeToken, { description: 'A protocol', examples: ['websocket'] }))
    .prefault(['websocket'])
    .meta({
      description: 'Protocols to which a connection may be upgraded; `[]` for none',
      examples: [['websocket'], []],
    }),
  tunnel: tunnelSchema.optional(),
  middleware: middlewareSchema.prefault([]),
  timeouts: timeouts.optional(),
  retries: routeRetriesSchema.optional(),
  protocol: protocolSchema
    .optional()
    .describe(
      'Which protocol the server of a URL in `to` is spoken to by: `http1`, `http2` or `auto`, or a map that says more; with the name of a pool, write it in the pool. Unless set: `http2` for `h2c://`, else `auto`',
    ),
  tls: serverTlsSchema
    .optional()
    .describe(
      'How the server of a URL with `https://` in `to` is spoken to; with the name of a pool, write it in the pool',
    ),
  ...translateKeys,
  ...transportKeys,
});
