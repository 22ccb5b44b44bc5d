import { z } from 'zod';

import type { SplitPart } from '../../proxy/index.ts';
import { readDestination, readName, type Destination, type SplitDestination } from './destination.ts';
import { flag, text } from './leaf.ts';
import { hashOf } from './schema-balance.ts';
import { bad, type Reading } from './reading.ts';
import { bondCookieSchema, bondTimes } from './schema-sticky.ts';

/** A bit for each in a word, with room to spare. */
const mostParts = 30;

const weight = z
  .number()
  .min(0)
  .max(10_000)
  .refine((value) => value === 0 || value >= 0.001, {
    message: 'weights count in thousandths',
    params: { remedy: 'write 0, or 0.001 or more' },
  })
  .meta({
    description: 'Its share beside the others, such as percent; `0`: it gets no requests',
    examples: [95, 5],
    unit: 'number, 0 to 10000',
  });

function readPool(value: string): Reading<string> {
  if (!/[:/]/.test(value)) return readName(value);
  return bad('a split leads to pools, not to URLs', 'put the server into a pool of its own, and write its name');
}

const part: z.ZodType<SplitPart> = z.strictObject({
  pool: text(readPool, { description: 'Name of a pool', examples: ['stable', 'canary'] }),
  weight,
});

const parts = z
  .array(part)
  .max(mostParts)
  .check(({ value, issues }) => {
    const twice = value.findIndex(({ pool }, i) => value.findIndex((each) => each.pool === pool) !== i);
    const refuse = (message: string, remedy: string, path: number[]): void =>
      void issues.push({ code: 'custom', input: value, path, message, params: { remedy } });
    if (value.length < 2)
      refuse('a split has two pools or more', 'add another one, or write the name of the pool alone', []);
    else if (twice >= 0) refuse('this pool is in the list already', 'leave one of them out', [twice]);
    else if (value.every((each) => each.weight === 0)) {
      refuse('all weights are 0, so nobody would get a request', 'give one of them a weight above 0', []);
    }
  })
  .meta({
    description: 'Pools, each with its share of the requests',
    examples: [
      [
        { pool: 'stable', weight: 95 },
        { pool: 'canary', weight: 5 },
      ],
    ],
  });

type Sticky = SplitDestination['sticky'];

const byHash = z.strictObject({ hash: hashOf }).transform(({ hash }): Sticky => ({ kind: 'hash', of: hash }));

const byCookie = z
  .strictObject({
    cookie: bondCookieSchema
      .describe('By a cookie that is set here, signed and opaque; servers never see it')
      .meta({ examples: [{ name: 'canary' }] }),
    ...bondTimes,
  })
  .transform(({ cookie, maxAge, maxIdle = 0 }): Sticky => ({
    kind: 'cookie',
    cookie,
    maxAgeMs: maxAge,
    maxIdleMs: maxIdle,
  }));

const word = z.literal('cookie').transform((kind): Sticky => ({
  kind,
  cookie: { name: undefined, path: '/', domain: undefined, sameSite: 'Lax' },
  maxAgeMs: 0,
  maxIdleMs: 0,
}));

const sticky: z.ZodType<Sticky> = z.union([word, byCookie, byHash]).meta({
  description:
    'A client goes on with the pool that it has been with: by `cookie`, or a map with `cookie` (with options, as in a pool) or `hash` (the same key has the same pool). Unless set, each request goes by turns',
  examples: ['cookie', { hash: 'client-address' }],
});

const map = z
  .strictObject({
    split: parts,
    sticky: sticky.optional(),
    fallback: flag(
      'While no server of a pool is usable, its share goes to the others; `false`: it is refused',
      false,
    ).default(true),
  })
  .transform((value): SplitDestination => ({
    kind: 'split',
    parts: value.split,
    fallback: value.fallback,
    sticky: value.sticky,
    short: false,
  }));

const list = parts.transform((value): SplitDestination => ({
  kind: 'split',
  parts: value,
  fallback: true,
  sticky: undefined,
  short: true,
}));

/** Where a route leads. */
export const destinationSchema: z.ZodType<Destination> = z
  .union([
    text(readDestination, { description: 'A pool or URL', examples: ['app', 'http://10.0.0.5:8080'] }),
    list,
    map,
  ])
  .meta({
    description:
      'Where it leads, unless a feature of `middleware` answers: the name of a pool, or the URL of one server. To a pool the path stays as it is. With a URL the matched prefix is replaced by the path of the URL (none counts as `/`); an exact path stays where the URL has none. Several pools may share the requests: a list of them with their weights, or a map with that list as `split` and how clients stay with their pool',
    examples: [
      'app',
      'http://10.0.0.5:8080',
      'https://10.0.0.5/app/',
      'unix:/run/app.sock',
      [
        { pool: 'stable', weight: 95 },
        { pool: 'canary', weight: 5 },
      ],
      {
        split: [
          { pool: 'stable', weight: 95 },
          { pool: 'canary', weight: 5 },
        ],
        sticky: 'cookie',
      },
    ],
  });
