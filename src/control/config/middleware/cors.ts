import { z } from 'zod';

import type { CorsConfig } from '../../../proxy/index.ts';
import { isToken } from '../../../wire/chars.ts';
import { duration, flag, text } from '../leaf.ts';
import { bad, good, type Reading } from '../reading.ts';
import type { FeatureSchema } from './feature-schema.ts';
import { readFieldName } from './field-names.ts';

type Origin =
  | { readonly kind: 'any' }
  | { readonly kind: 'exact'; readonly origin: string }
  | ({ readonly kind: 'below' } & CorsConfig['origins']['below'][number]);

interface CorsInput {
  readonly origins: readonly Origin[];
  readonly methods: readonly string[];
  readonly headers?: readonly string[] | undefined;
  readonly exposeHeaders?: readonly string[] | undefined;
  readonly credentials: boolean;
  /** Milliseconds. */
  readonly maxAge: number;
  readonly privateNetwork: boolean;
  readonly rejectOthers: boolean;
}

const field = text(readFieldName, { description: 'A field', examples: ['X-Request-Id'] });

export const corsSchema: FeatureSchema<CorsInput> = {
  schema: z
    .strictObject({
      origins: z
        .array(text(readOrigin, { description: 'An origin', examples: ['https://app.example.com'] }))
        .min(1)
        .meta({
          description:
            'Origins whose pages may read answers: scheme, host and port as browsers write them; `https://*.example.org` is exactly one more label; `*` is every origin; `null` (sandboxes, files) only if listed',
          examples: [['https://app.example.com', 'https://*.example.org'], ['*']],
        }),
      methods: z
        .array(text(readMethod, { description: 'A method', examples: ['PUT'] }))
        .min(1)
        .prefault(['GET', 'HEAD', 'POST'])
        .meta({ description: 'Methods that pages may use', examples: [['GET', 'PUT', 'DELETE']] }),
      headers: z
        .array(field)
        .optional()
        .meta({
          description: 'Fields that pages may send; what they ask for, unless set',
          examples: [['Content-Type', 'Authorization']],
        }),
      exposeHeaders: z
        .array(field)
        .optional()
        .meta({ description: 'Fields of answers that pages may read, besides the usual', examples: [['X-Total']] }),
      credentials: flag('Pages may send cookies and passwords with their requests; not with `*`', true).default(false),
      maxAge: duration('How long browsers may remember what a preflight said', '1h', {
        min: '0s',
        max: '24h',
      }).prefault('10m'),
      privateNetwork: flag('Public pages may reach this site in a private network', true).default(false),
      rejectOthers: flag('Requests of other origins are refused with 403; otherwise they only go unread', true).default(
        false,
      ),
    })
    .meta({
      description: 'Lets pages of other origins read answers (the CORS protocol)',
      examples: [{ origins: ['https://app.example.com'] }],
    }),
  resolve(config, { problems, path }): CorsConfig | undefined {
    const { origins, methods, headers, exposeHeaders, credentials, maxAge, privateNetwork, rejectOthers } = config;
    const any = origins.some(({ kind }) => kind === 'any');
    if (any && credentials) {
      problems.add({
        path: [...path, 'credentials'],
        message: 'Cannot let every origin send credentials: any page could then act in the name of its visitors',
        remedy: 'list the origins in place of "*"',
      });
      return undefined;
    }
    return {
      origins: {
        any,
        exact: origins.flatMap((each) => (each.kind === 'exact' ? [each.origin] : [])),
        below: origins.flatMap((each) =>
          each.kind === 'below' ? [{ scheme: each.scheme, suffix: each.suffix, port: each.port }] : [],
        ),
      },
      methods: methods.join(', '),
      headers: headers?.join(', '),
      exposeHeaders: exposeHeaders?.join(', '),
      credentials,
      maxAge: Math.floor(maxAge / 1000),
      privateNetwork,
      rejectOthers,
    };
  },
};

function readMethod(method: string): Reading<string> {
  return isToken(method) ? good(method) : bad('it is not a method', 'write for example PUT');
}

/** In the one spelling that browsers have for each origin. */
function readOrigin(given: string): Reading<Origin> {
  if (given === '*') return good({ kind: 'any' });
  if (given === 'null') return good({ kind: 'exact', origin: 'null' });
  const parts = /^([a-z][a-z0-9+.-]*):\/\/(\*\.)?([a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/.exec(given);
  if (parts === null) return notOrigin(given);
  const [, scheme = '', star, host = '', port] = parts;
  if (isDefault(scheme, port))
    return bad('browsers leave out the usual port', 'leave it out', given.replace(/:\d+$/, ''));
  if (star === undefined) return good({ kind: 'exact', origin: given });
  return good({ kind: 'below', scheme, suffix: host, port: port === undefined ? '' : `:${port}` });
}

function isDefault(scheme: string, port: string | undefined): boolean {
  return (scheme === 'https' && port === '443') || (scheme === 'http' && port === '80');
}

function notOrigin(given: string): Reading<never> {
  const lower = given.toLowerCase();
  const remedy = 'write scheme and host, for example https://app.example.com';
  if (/^https?:\/\/[^/]+\/.*$/.test(lower))
    return bad('an origin has no path', remedy, lower.replace(/^(https?:\/\/[^/]+).*$/, '$1'));
  if (/^https?:\/\//.test(lower) && lower !== given) return bad('browsers write it in lower case', remedy, lower);
  if (/^[\w.-]+$/.test(given)) return bad('an origin begins with its scheme', remedy, `https://${lower}`);
  return bad('it is not an origin', remedy);
}
