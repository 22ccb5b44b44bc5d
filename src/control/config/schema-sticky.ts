import { z } from 'zod';

import type { BondCookiePlan, BondTimes, StickyPlan } from '../../proxy/index.ts';
import { isToken } from '../../wire/chars.ts';
import { readHostName } from './host-name.ts';
import { count, duration, text } from './leaf.ts';
import { readFieldName } from './middleware/field-names.ts';
import { bad, good, type Reading } from './reading.ts';

/** As in a plan, but for what comes from elsewhere: a name made of what it is for, and the secret. */
export type BondCookieConfig = Omit<BondCookiePlan, 'name' | 'secret'> & { readonly name: string | undefined };

/** How clients of a pool stay with their server, as the schema has read it. */
export interface StickyConfig extends BondTimes {
  readonly by:
    | Exclude<StickyPlan['by'], { kind: 'cookie' }>
    | { readonly kind: 'cookie'; readonly cookie: BondCookieConfig };
}

function readCookieName(value: string): Reading<string> {
  if (isToken(value) && value.length <= 100) return good(value);
  return bad('it is not the name of a cookie', 'use letters, digits, "_" and "-", 100 at most, for example srv');
}

function readCookiePath(value: string): Reading<string> {
  if (/^\/[!-:<-~]{0,200}$/.test(value)) return good(value);
  return bad('it is not the path of a cookie', 'write a path that begins with "/", without a ";", for example /shop');
}

function readCookieDomain(value: string): Reading<string> {
  const host = readHostName(value.replace(/^\./, ''));
  if (host.ok && !/^[\d.]+$|:/.test(host.value)) return host;
  return bad('it is not the domain of a cookie', 'write a name that the hosts end in, for example example.com');
}

/** A cookie that is set here. */
export const bondCookieSchema: z.ZodType<BondCookieConfig> = z
  .strictObject({
    name: text(readCookieName, {
      description: 'Its name; unless set, one made of the name of the pool (`srv_...`) or route (`pool_...`)',
      examples: ['srv'],
    }).optional(),
    path: text(readCookiePath, { description: 'Paths for which clients send it', examples: ['/'] }).prefault('/'),
    domain: text(readCookieDomain, {
      description: 'Clients send it to this host and all below it; unless set, to the host that they asked alone',
      examples: ['example.com'],
    }).optional(),
    sameSite: z
      .enum(['lax', 'strict', 'none'])
      .default('lax')
      .meta({
        description:
          'Whether clients send it where another site led them here: `none` always (over https alone), `lax` with links, `strict` never',
        examples: ['lax', 'none'],
      }),
  })
  .transform(({ name, path, domain, sameSite }) => {
    const words = { lax: 'Lax', strict: 'Strict', none: 'None' } as const;
    return { name, path, domain, sameSite: words[sameSite] };
  });

interface BondTimeKeys {
  readonly maxAge: z.ZodType<number, string | undefined>;
  readonly maxIdle: z.ZodOptional<z.ZodType<number, string>>;
}

/** How long bonds hold. */
export const bondTimes: BondTimeKeys = {
  maxAge: duration('A bond ends so long after it began, however much it is used; `0s`: never', '12h', {
    min: '0s',
    max: '365d',
  }).prefault('0s'),
  maxIdle: duration(
    'A bond ends after so long without a request; `0s`: never. Unless set: never with `cookie`, else `10m`',
    '30m',
    { min: '0s', max: '365d' },
  ).optional(),
};

const idleMs = 600_000;

const plainCookie: BondCookieConfig = { name: undefined, path: '/', domain: undefined, sameSite: 'Lax' };
const usualPrefix = 64;

const word = z
  .enum(['cookie', 'client-address'])
  .transform((kind): StickyConfig =>
    kind === 'cookie'
      ? { by: { kind, cookie: plainCookie }, maxAgeMs: 0, maxIdleMs: 0 }
      : { by: { kind, ipv6Prefix: usualPrefix }, maxAgeMs: 0, maxIdleMs: idleMs },
  );

const map = z
  .strictObject({
    cookie: bondCookieSchema
      .optional()
      .describe('By a cookie that is set here: signed, opaque, and never seen by a server')
      .meta({ examples: [{ name: 'srv' }] }),
    learn: text(readCookieName, {
      description: "By the servers' own cookie, which is learnt from their answers",
      examples: ['JSESSIONID'],
    }).optional(),
    header: text(readFieldName, {
      description: 'By the first field of this name; a request without it goes to any server',
      examples: ['x-tenant'],
    }).optional(),
    clientAddress: z
      .strictObject({
        ipv6Prefix: count('Bits of an IPv6 address that count', 56, [1, 128]).default(usualPrefix),
      })
      .optional()
      .describe('By the address of the client, behind trusted proxies the one that they name')
      .meta({ examples: [{ ipv6Prefix: 64 }] }),
    ...bondTimes,
  })
  .check(({ value, issues }) => {
    const { cookie, learn, header, clientAddress } = value;
    const { length } = [cookie, learn, header, clientAddress].filter((each) => each !== undefined);
    if (issues.length > 0 || length === 1) return;
    const message = length === 0 ? 'nothing says by what clients stay' : 'it says twice by what clients stay';
    const remedy = 'write one of cookie, learn, header, clientAddress';
    issues.push({ code: 'custom', input: value, message, params: { remedy } });
  })
  .transform(({ cookie, learn, header, clientAddress, maxAge, maxIdle }): StickyConfig => {
    const times = { maxAgeMs: maxAge, maxIdleMs: maxIdle ?? (cookie === undefined ? idleMs : 0) };
    if (cookie !== undefined) return { by: { kind: 'cookie', cookie }, ...times };
    if (learn !== undefined) return { by: { kind: 'learn', name: learn }, ...times };
    if (header !== undefined) return { by: { kind: 'header', name: header.toLowerCase() }, ...times };
    return { by: { kind: 'client-address', ...clientAddress! }, ...times };
  });

/** How clients of a pool stay with their server. */
export const stickySchema: z.ZodType<StickyConfig> = z.union([word, map]).meta({
  description:
    'A client goes on with the server that it has been with, as long as that may have it: by `cookie`, by `client-address`, or a map that says more. Unless set, each request may go to any server',
  examples: ['cookie', { cookie: { name: 'srv' }, maxAge: '12h' }, { learn: 'JSESSIONID' }],
});

/** The secret that cookies are signed with. */
export const cookieSecretSchema: z.ZodType<string, string> = z
  .string()
  .refine((value) => value.length >= 16 && value.length <= 1000, {
    message: 'it has fewer than 16 characters, or more than 1,000',
    params: { hidden: true, remedy: 'make one with: openssl rand -base64 32' },
  })
  .meta({
    description:
      'Signs the cookies of `sticky`: the same on all machines whose clients are to stay, at least 16 characters, best as `${NAME}` or `${file:...}`. Unless set, one is made and kept in the folder that `state` names',
    examples: ['${COOKIE_SECRET}'],
  });
