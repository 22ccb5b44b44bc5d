import { z } from 'zod';

import type { SecurityHeadersConfig } from '../../../proxy/index.ts';
import { toBytes } from '../../../proxy/index.ts';
import { flag, text } from '../leaf.ts';
import { bad, good, type Reading } from '../reading.ts';
import type { FeatureSchema } from './feature-schema.ts';

type Frame = 'deny' | 'sameorigin' | 'off';

interface CrossOrigin {
  readonly opener?: string | undefined;
  readonly embedder?: string | undefined;
  readonly resource?: string | undefined;
}

interface SecurityHeadersInput {
  readonly preset: 'basic' | 'strict';
  readonly frame?: Frame | undefined;
  readonly contentTypeOptions?: boolean | undefined;
  readonly referrerPolicy?: string | false | undefined;
  readonly permissionsPolicy?: string | false | undefined;
  readonly contentSecurityPolicy?: string | false | undefined;
  readonly crossOrigin?: CrossOrigin | undefined;
  readonly override: boolean;
  readonly hideServer: boolean;
}

interface Preset {
  readonly frame: Frame;
  readonly referrerPolicy: string | false;
  readonly permissionsPolicy: string | false;
  readonly contentSecurityPolicy: string | false;
  readonly crossOrigin: CrossOrigin;
}

const presets: Readonly<Record<SecurityHeadersInput['preset'], Preset>> = {
  // What hardly any application minds.
  basic: {
    frame: 'sameorigin',
    referrerPolicy: 'strict-origin-when-cross-origin',
    permissionsPolicy: false,
    contentSecurityPolicy: false,
    crossOrigin: {},
  },
  // For applications that load everything from themselves.
  strict: {
    frame: 'deny',
    referrerPolicy: 'no-referrer',
    permissionsPolicy:
      'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()',
    contentSecurityPolicy:
      "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    crossOrigin: { opener: 'same-origin', resource: 'same-origin' },
  },
};

function readValue(value: string): Reading<string> {
  return value.trim() === '' ? bad('it is empty', 'write false to leave the field out') : good(toBytes(value));
}

function policy(description: string, example: string): z.ZodType<string | false | undefined> {
  return z
    .union([z.literal(false), text(readValue, { description, examples: [example] })])
    .optional()
    .meta({
      description: `${description}; \`false\` for none. As in the preset, unless set`,
      examples: [example, false],
    });
}

const options = z.strictObject({
  preset: z
    .enum(['basic', 'strict'])
    .default('basic')
    .meta({
      description:
        '`basic` is what hardly any application minds; `strict` also forbids frames, foreign content and device access, which breaks many: try it first',
      examples: ['strict'],
    }),
  frame: z
    .enum(['deny', 'sameorigin', 'off'])
    .optional()
    .meta({
      description: '`X-Frame-Options`: who may show the pages in a frame. As in the preset, unless set',
      examples: ['deny'],
    }),
  contentTypeOptions: flag('`X-Content-Type-Options: nosniff`', false).default(true),
  referrerPolicy: policy('`Referrer-Policy`', 'same-origin'),
  permissionsPolicy: policy('`Permissions-Policy`', 'camera=(), microphone=()'),
  contentSecurityPolicy: policy('`Content-Security-Policy`', "default-src 'self'"),
  crossOrigin: z
    .strictObject({
      opener: z
        .enum(['same-origin', 'same-origin-allow-popups', 'noopener-allow-popups', 'unsafe-none'])
        .optional()
        .meta({ description: '`Cross-Origin-Opener-Policy`', examples: ['same-origin'] }),
      embedder: z
        .enum(['require-corp', 'credentialless', 'unsafe-none'])
        .optional()
        .meta({ description: '`Cross-Origin-Embedder-Policy`', examples: ['require-corp'] }),
      resource: z
        .enum(['same-origin', 'same-site', 'cross-origin'])
        .optional()
        .meta({ description: '`Cross-Origin-Resource-Policy`', examples: ['same-site'] }),
    })
    .optional()
    .meta({
      description: 'How pages of other origins may deal with these. What is not set is as in the preset',
      examples: [{ opener: 'same-origin' }],
    }),
  override: flag('Replaces what the server says; otherwise only what it does not say is added', true).default(false),
  hideServer: flag('Removes `Server`, `X-Powered-By` and the like', false).default(true),
});

export const securityHeadersSchema: FeatureSchema<true | SecurityHeadersInput> = {
  schema: z.union([z.literal(true), options]).meta({
    description: 'Tells browsers what the pages may do, and nobody what runs behind; `true` is the preset `basic`',
    examples: [true, { preset: 'strict' }],
  }),
  resolve(config): SecurityHeadersConfig {
    return securityPlan(config === true ? options.parse({}) : config);
  },
};

function securityPlan(given: SecurityHeadersInput): SecurityHeadersConfig {
  const preset = presets[given.preset];
  const { opener, embedder, resource } = { ...preset.crossOrigin, ...given.crossOrigin };
  const frame = given.frame ?? preset.frame;
  const fields: readonly (readonly [string, string | false | undefined])[] = [
    ['X-Content-Type-Options', given.contentTypeOptions === false ? false : 'nosniff'],
    ['X-Frame-Options', frame === 'off' ? false : frame.toUpperCase()],
    ['Referrer-Policy', given.referrerPolicy ?? preset.referrerPolicy],
    ['Permissions-Policy', given.permissionsPolicy ?? preset.permissionsPolicy],
    ['Content-Security-Policy', given.contentSecurityPolicy ?? preset.contentSecurityPolicy],
    ['Cross-Origin-Opener-Policy', opener],
    ['Cross-Origin-Embedder-Policy', embedder],
    ['Cross-Origin-Resource-Policy', resource],
  ];
  return {
    fields: fields.flatMap(([name, value]) => (value === undefined || value === false ? [] : [{ name, value }])),
    override: given.override,
    hideServer: given.hideServer,
  };
}
