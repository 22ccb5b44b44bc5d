import { z } from 'zod';

import type { TransportPlan } from '../../proxy/index.ts';
import { duration, flag } from './leaf.ts';

const strictTransport = z
  .strictObject({
    maxAge: duration('How long browsers remember it', '365d', { min: '0s', max: '3650d' }).prefault('365d'),
    includeSubdomains: flag('Holds for all hosts below this one', true).default(false),
    preload: flag('Asks for a place in the lists that browsers are delivered with', true).default(false),
  })
  .transform(({ maxAge, includeSubdomains, preload }) =>
    [
      `max-age=${Math.floor(maxAge / 1000)}`,
      ...(includeSubdomains ? ['includeSubDomains'] : []),
      ...(preload ? ['preload'] : []),
    ].join('; '),
  );

const hsts: z.ZodType<string | undefined> = z.union([
  z.literal(false).transform(() => undefined),
  z.literal(true).transform(() => strictTransport.parse({})),
  strictTransport,
]);

const https: z.ZodType<TransportPlan['https']> = z.enum(['allow', 'only', 'redirect']);

const clientCertificate: z.ZodType<TransportPlan['clientCertificate']> = z.enum(['ignore', 'optional', 'require']);

/** The keys of a route that say by which way its clients must come. */
export const transportKeys: {
  readonly https: z.ZodType<TransportPlan['https']>;
  readonly hsts: z.ZodType<string | undefined>;
  readonly clientCertificate: z.ZodType<TransportPlan['clientCertificate']>;
} = {
  https: https.default('allow').meta({
    description:
      'Plain HTTP beside https: `allow` serves both alike, `only` refuses plain HTTP with 403, `redirect` sends it to https with 308. Paths below `/.well-known/acme-challenge/` are never refused or redirected',
    examples: ['redirect', 'only'],
  }),
  hsts: hsts.optional().meta({
    description:
      'Tells browsers, in answers over https, to come by https only (`Strict-Transport-Security`). `true` for a year; hard to take back, so begin with a short `maxAge`',
    examples: [true, { maxAge: '365d', includeSubdomains: true }],
  }),
  clientCertificate: clientCertificate.default('ignore').meta({
    description:
      'Certificates of clients, which the listener must ask for (`tls.clientCertificates`): `require` refuses whoever has no valid one with 403, `optional` tells the server of one. Both tell it in `Client-Cert` (RFC 9440) and `X-Client-Cert-*`, which clients cannot write',
    examples: ['require'],
  }),
};
