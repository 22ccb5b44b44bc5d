import { z } from 'zod';

import type { ExpectedAnswer, ExpectedText, HealthPlan } from '../../proxy/index.ts';
import { readHostName } from './host-name.ts';
import { count, duration, readFilePath, text } from './leaf.ts';
import { readFieldName } from './middleware/field-names.ts';
import { readIpAddress } from './network.ts';
import { readPattern } from './read-pattern.ts';
import { bad, good, type Reading } from './reading.ts';
import { sentFields } from './schema-sent-fields.ts';

const wait = { min: '50ms', max: '1d' };

/** A check takes no longer than this unless the config says so, nor than the distance between two. */
const usualTimeoutMs = 2000;

type Range = readonly [from: number, to: number];

/** `200-399`, `204`, `200-299, 401`. */
function readStatuses(value: string): Reading<readonly Range[]> {
  const ranges = value.split(',').map((part) => /^ *(\d{3})(?:-(\d{3}))? *$/.exec(part));
  const numbers = ranges.map((match): Range => [Number(match?.[1]), Number(match?.[2] ?? match?.[1])]);
  if (numbers.every(([from, to]) => from >= 100 && to <= 599 && from <= to)) return good(numbers);
  return bad('it is not a list of statuses', 'write for example 200-399, or "200-299, 401"');
}

/** As it stands in the request line. */
export function readCheckPath(value: string): Reading<string> {
  if (!value.startsWith('/')) return bad('a path begins with /', 'write for example /health');
  if (!/^[!-~]*$/.test(value)) return bad('there is a space in it, or a sign outside ASCII', 'write it as %20');
  return value.includes('#') ? bad('there is a "#" in it', 'leave it out') : good(value);
}

function readWanted(value: string): Reading<string> {
  return value === '' ? bad('it is empty, so that every text fits', 'leave it out if any will do') : good(value);
}

/** Names of services are of letters, digits, dots and underscores; servers may take others, which are not judged here. */
function readService(value: string): Reading<string> {
  return value.length > 256 ? bad('it is longer than 256 letters', 'write the name of a service') : good(value);
}

const wanted = { description: 'It has this text in it', examples: ['ok'] } as const;

const parts = z
  .strictObject({
    is: text(good<string>, { description: 'It is this text', examples: ['ok'] }).optional(),
    contains: text(readWanted, wanted).optional(),
    regex: text(readPattern, {
      description: 'It fits this regular expression (RE2): somewhere, unless it begins with `^` and ends with `$`',
      examples: ['^ok'],
    }).optional(),
  })
  .superRefine((value, context) => {
    if (Object.keys(value).length === 1) return;
    const params = { remedy: 'write is, contains or regex' };
    context.addIssue({ code: 'custom', message: 'it needs one of its keys, and no more than one', params });
  })
  .transform(({ is, contains, regex }): ExpectedText => {
    if (is !== undefined) return { kind: 'is', text: is };
    if (contains !== undefined) return { kind: 'contains', text: contains };
    return { kind: 'regex', text: regex ?? '' };
  });

const body: z.ZodType<ExpectedText> = z
  .union([text(readWanted, wanted).transform((value): ExpectedText => ({ kind: 'contains', text: value })), parts])
  .meta({
    description:
      'What the first 64 kB of the body must be: a text that is in it, or a map with `is`, `contains` or `regex`',
    examples: ['ok', { regex: '^ok' }],
  });

const field: z.ZodType<ExpectedText> = z
  .union([
    z.literal(true).transform((): ExpectedText => ({ kind: 'present' })),
    text(good<string>, { description: 'Exactly this text', examples: ['1'] }).transform((value): ExpectedText => ({
      kind: 'is',
      text: value,
    })),
    parts,
  ])
  .meta({
    description: 'What the field must be: a text, a map with `is`, `contains` or `regex`, or `true` for any value',
    examples: ['1', true],
  });

const expect: z.ZodType<ExpectedAnswer> = z
  .strictObject({
    status: z
      .union([
        text(readStatuses, { description: 'Statuses and ranges of them', examples: ['200-399'] }),
        z
          .int()
          .min(100)
          .max(599)
          .transform((status): readonly Range[] => [[status, status]]),
      ])
      .prefault('200-399')
      .meta({
        description: 'Statuses of a good answer: one, or several and ranges of them',
        examples: ['200-399', 204],
      }),
    body: body.optional(),
    header: z
      .record(text(readFieldName, { description: 'The name of a field', examples: ['X-Ready'] }), field)
      .prefault({})
      .meta({ description: 'Fields of a good answer', examples: [{ 'X-Ready': '1' }] }),
  })
  .transform(({ status, body: wantedBody, header }) => ({
    status,
    body: wantedBody,
    headers: Object.entries(header),
  }));

const keysOf: Readonly<Record<HealthPlan['how']['kind'], readonly string[]>> = {
  http: ['path', 'method', 'headers', 'host', 'expect'],
  tcp: [],
  tls: [],
  grpc: ['service', 'host'],
  script: ['command'],
};

function readPlace(value: string): Reading<string> {
  const reading = readIpAddress(value);
  return reading.ok ? reading : bad('it is not an IP address', 'write one, for example 10.0.0.5');
}

interface PlaceShape {
  readonly address: z.ZodOptional<z.ZodType<string, string>>;
  readonly port: z.ZodOptional<z.ZodNumber>;
}

/** Another place than that of the server. */
export const place: PlaceShape = {
  address: text(readPlace, {
    description: 'IP address that is asked in place of that of the server',
    examples: ['10.0.0.5'],
  }).optional(),
  port: count('Port that is asked in place of that of the server', 8081, [1, 65_535]).optional(),
};

const given = z.strictObject({
  type: z
    .enum(['http', 'tcp', 'tls', 'grpc', 'script'])
    .optional()
    .meta({
      description:
        '`http` asks for a page (by TLS where the server is `https://`), `tcp` connects, `tls` shakes hands and looks at the certificate, `grpc` asks by the health protocol of gRPC (by TLS where the server is `https://`), `script` runs a program. `http` where there is a `path`',
      examples: ['http', 'tcp'],
    }),
  path: text(readCheckPath, {
    description: 'Path of the page that is asked for, with its query; for `http`',
    examples: ['/health'],
  }).optional(),
  method: z
    .enum(['GET', 'HEAD', 'OPTIONS', 'POST'])
    .optional()
    .meta({ description: 'Method; `GET`, unless set', examples: ['HEAD'] }),
  headers: sentFields('Fields of the request; those that open something best as `${NAME}` or `${file:...}`', {
    'X-Check': '1',
  }).optional(),
  host: text(readHostName, {
    description: '`Host` of the request, for `grpc` `:authority`; that of the URL of the server, unless set',
    examples: ['www.example.com'],
  }).optional(),
  service: text(readService, {
    description: 'For `grpc`: name of the service that is asked about; the server as a whole, unless set',
    examples: ['shop.v1.Orders'],
  }).optional(),
  expect: expect.optional().describe('What a good answer is; a status from 200 to 399, unless set'),
  command: z
    .tuple([text(readFilePath, { description: 'The program', examples: ['checks/database'] })], z.string().max(4096))
    .optional()
    .meta({
      description:
        'For `script`: a program (relative paths start at the folder of the config file) and its arguments. There is no shell. It gets `POSTERN_POOL`, `POSTERN_SERVER`, `POSTERN_ADDRESS` and `POSTERN_PORT`, and says by ending with 0 that the server works',
      examples: [['checks/database', '--quick']],
    }),
  ...place,
  every: duration('From one check to the next', '5s', wait).prefault('2s'),
  fastEvery: duration(
    'The same while results change: before the first one, and until `rise` or `fall` is reached; as `every`, unless set',
    '500ms',
    wait,
  ).optional(),
  downEvery: duration('The same while the server is down; as `every`, unless set', '10s', wait).optional(),
  timeout: duration(
    'Longest time of a whole check; connecting also ends as `timeouts` of the pool say. The shorter of 2s and `every`, unless set',
    '1s',
    wait,
  ).optional(),
  rise: count('Good checks in a row that bring a server up', 2, [1, 1000]).default(2),
  fall: count('Bad checks in a row that take it down', 3, [1, 1000]).default(3),
  init: z
    .enum(['unknown', 'up', 'down'])
    .default('unknown')
    .meta({
      description:
        'Until the first check: `unknown` is used at once, and the first check decides alone. `up` is used at once, and goes down after `fall` checks. `down` is not used before a check has passed',
      examples: ['unknown', 'down'],
    }),
});

type Given = z.output<typeof given>;

/** Which of its kinds a check is; undefined: nobody can tell. */
function kindOf({ type, path, command }: Given): HealthPlan['how']['kind'] | undefined {
  if (type !== undefined) return type;
  if (path !== undefined) return 'http';
  return command === undefined ? undefined : 'script';
}

/** The key `health` of a pool. */
export const healthSchema: z.ZodType<HealthPlan> = given
  .superRefine((value, context) => {
    for (const { path, message, remedy } of mistakesOf(value)) {
      context.addIssue({ code: 'custom', path: [...path], message, params: { remedy } });
    }
  })
  .transform((value) => {
    const { every, timeout = Math.min(every, usualTimeoutMs), fastEvery = every, downEvery = every } = value;
    const { address, port, rise, fall, init } = value;
    const times = { everyMs: every, fastEveryMs: fastEvery, downEveryMs: downEvery, timeoutMs: timeout };
    return { how: howOf(value), address, port, ...times, rise, fall, init };
  });

interface FoundMistake {
  readonly path: readonly string[];
  readonly message: string;
  readonly remedy: string;
}

function mistakesOf(value: Given): readonly FoundMistake[] {
  const kind = kindOf(value);
  if (kind === undefined) {
    const remedy = 'add a path such as /health, or type: tcp';
    return [{ path: [], message: 'it does not say how servers are checked', remedy }];
  }
  return [...missingFor(kind, value), ...idleFor(kind, value), ...bodilessFor(value), ...lateFor(value)];
}

function missingFor(kind: HealthPlan['how']['kind'], { path, command }: Given): readonly FoundMistake[] {
  if (kind === 'http' && path === undefined) {
    return [{ path: [], message: 'there is no path to ask for', remedy: 'add one, for example path: /health' }];
  }
  if (kind === 'script' && command === undefined) {
    return [{ path: [], message: 'there is no program to run', remedy: 'add one, for example command: [checks/app]' }];
  }
  return [];
}

function idleFor(kind: HealthPlan['how']['kind'], value: Given): readonly FoundMistake[] {
  const others = new Set(Object.values(keysOf).flat());
  for (const key of keysOf[kind]) others.delete(key);
  return Object.entries(value)
    .filter(([key, content]) => content !== undefined && others.has(key))
    .map(([key]) => {
      const message = `a check of the type ${kind} has no use for it`;
      return { path: [key], message, remedy: 'leave it out, or write another type' };
    });
}

function bodilessFor({ method, expect: wish }: Given): readonly FoundMistake[] {
  if (method !== 'HEAD' || wish?.body === undefined) return [];
  const remedy = 'write method: GET, or leave it out';
  return [{ path: ['expect', 'body'], message: 'answers to HEAD have no body', remedy }];
}

function lateFor({ every, timeout }: Given): readonly FoundMistake[] {
  if (timeout === undefined || timeout <= every) return [];
  const message = 'it is longer than every, so that the next check would be due before the last one has ended';
  return [{ path: ['timeout'], message, remedy: 'write a shorter time, or a longer every' }];
}

function howOf(value: Given): HealthPlan['how'] {
  const kind = kindOf(value)!;
  const { path = '/', method = 'GET', headers = {}, host, command } = value;
  switch (kind) {
    case 'http':
      return {
        kind,
        method,
        path,
        headers: Object.entries(headers),
        host,
        expect: value.expect ?? { status: [[200, 399]], body: undefined, headers: [] },
      };
    case 'grpc':
      return { kind, service: value.service ?? '', host };
    case 'script':
      return { kind, command: command ?? [''] };
    default:
      return { kind };
  }
}
