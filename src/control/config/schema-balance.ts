import { z } from 'zod';

import type { BalancePlan, HashSource } from '../../proxy/index.ts';
import { isToken } from '../../wire/chars.ts';
import { count, text } from './leaf.ts';
import { readFieldName } from './middleware/field-names.ts';
import { bad, good, type Reading } from './reading.ts';

/** As it stands in the URL: it is not decoded to be looked for. */
function readParameterName(value: string): Reading<string> {
  if (/^[^\s&=#?]{1,100}$/.test(value)) return good(value);
  return bad('it is not the name of a parameter', 'write it as it stands in the URL');
}

function readCookieName(value: string): Reading<string> {
  return isToken(value) ? good(value) : bad('it is not the name of a cookie', 'write for example session');
}

/** Refuses a map that has none of its keys, or several. */
function oneKey(remedy: string): z.core.CheckFn<object> {
  return ({ value, issues }) => {
    const { length } = Object.keys(value);
    if (issues.length > 0 || length === 1) return;
    const message = length === 0 ? 'there is nothing in it' : 'it has several keys, of which one counts';
    issues.push({ code: 'custom', input: value, message, params: { remedy } });
  };
}

const named = z
  .strictObject({
    header: text(readFieldName, { description: 'The first field of this name', examples: ['x-tenant'] }).optional(),
    cookie: text(readCookieName, {
      description: 'The first cookie of this name, upper and lower case told apart',
      examples: ['session'],
    }).optional(),
    query: text(readParameterName, {
      description: 'The first parameter of this name in the query',
      examples: ['id'],
    }).optional(),
  })
  .check(oneKey('write one of header, cookie, query'))
  .transform(({ header, cookie, query }) => {
    if (header !== undefined) return { kind: 'header', name: header.toLowerCase() } as const;
    return cookie === undefined
      ? ({ kind: 'query', name: query! } as const)
      : ({ kind: 'cookie', name: cookie } as const);
  });

const loadFactor = z
  .number()
  .refine((value) => value === 0 || (value >= 1 && value <= 10), {
    message: 'it is 0, or from 1 to 10',
    params: { remedy: 'write for example 1.25: a quarter more than its share at most' },
  })
  .default(0)
  .meta({
    description:
      'No server has more than this times its share of the requests that all have at the moment; what is more goes to the next on the ring; `0`: no bound',
    examples: [1.25],
    unit: 'number, 1 to 10, or 0',
  });

/** What a hash is made of. */
export const hashOf: z.ZodType<HashSource> = z
  .union([z.enum(['client-address', 'uri', 'path']).transform((kind) => ({ kind })), named])
  .meta({
    description:
      'What chooses: `client-address` (behind trusted proxies the one that they name), `uri` (path and query), `path`, or a map with `header`, `cookie` or `query`. A request without it goes by turns',
    examples: ['client-address', { cookie: 'session' }],
  });

const hash = z
  .strictObject({
    of: hashOf,
    loadFactor,
  })
  .meta({
    description:
      'The same key always gets the same server, while that is usable; a server that leaves or comes moves few others',
    examples: [{ of: 'client-address' }],
  });

const random = z
  .strictObject({ choices: count('How many are drawn, of which the least busy is taken', 2, [2, 16]).default(2) })
  .meta({ description: 'Some are drawn by weight, and the least busy of them is taken', examples: [{ choices: 2 }] });

const name = z
  .enum(['round-robin', 'least-connections', 'random', 'least-time', 'first', 'adaptive'])
  .transform((kind): BalancePlan => (kind === 'random' ? { kind, choices: 2 } : { kind }));

const map = z
  .strictObject({ random: random.optional(), hash: hash.optional() })
  .check(oneKey('write one of random, hash'))
  .transform((value): BalancePlan =>
    value.random ? { kind: 'random', ...value.random } : { kind: 'hash', ...value.hash! },
  );

/** How a server of a pool is chosen. */
export const balanceSchema: z.ZodType<BalancePlan> = z
  .union([name, map])
  .prefault('round-robin')
  .meta({
    description:
      'How a server is chosen: `round-robin` takes them in turn, by weight; `least-connections` the one with the fewest requests for its weight; `random` the less busy of two that are drawn; `least-time` the one that is likely to answer first; `first` the first that is not full; `adaptive` takes them in turn by what servers report of their load; `hash` the same for the same key. `random` and `hash` may be maps with their options',
    examples: ['round-robin', 'least-connections', { hash: { of: 'client-address' } }],
  });
