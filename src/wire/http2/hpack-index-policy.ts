import { staticRows } from './hpack-static-table.ts';

/** When a field goes into the dynamic table. */
export const Indexing = {
  /** At once: values that hardly change. */
  AtOnce: 0,
  /**
   * When a value comes a second time in a row. So what is different each time (ETags, paths, ids) never pushes out what is
   * not, and a date, which all answers of a second share, is still sent only once.
   */
  IfRepeated: 1,
  /** Not worth it: short, and different each time. */
  Not: 2,
  /** A secret: nobody on the way may index it either, or its value could be guessed by lengths (RFC 7541 section 7.1.3). */
  Never: 3,
  /** Of HTTP/1 connections: must not be sent at all (RFC 9113 section 8.2.2). */
  Dropped: 4,
} as const;

export type IndexingValue = (typeof Indexing)[keyof typeof Indexing];

/** What is known of a name, whoever sends it. */
export interface NamePolicy {
  /** As it is sent. */
  readonly name: string;
  /** Index of its first row in the static table, or 0. */
  readonly staticIndex: number;
  /** Values that the static table has, the first at `staticIndex`, the others behind it; undefined: none. */
  readonly staticValues: readonly string[] | undefined;
  readonly indexing: IndexingValue;
}

const atOnce: ReadonlySet<string> = new Set([
  ':authority',
  ':method',
  ':scheme',
  ':status',
  ':protocol',
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'accept-ranges',
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
  'alt-svc',
  'cache-control',
  'content-encoding',
  'content-language',
  'content-security-policy',
  'content-type',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'grpc-accept-encoding',
  'grpc-encoding',
  'grpc-status',
  'permissions-policy',
  'pragma',
  'referrer-policy',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'server',
  'strict-transport-security',
  'te',
  'trailer',
  'upgrade-insecure-requests',
  'user-agent',
  'vary',
  'via',
  'x-content-type-options',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-frame-options',
  'x-powered-by',
  'x-xss-protection',
]);

const not: ReadonlySet<string> = new Set(['content-length', 'content-range', 'age', 'max-forwards']);

const never: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'api-key',
  'x-access-token',
  'x-amz-security-token',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
  'x-csrftoken',
  'x-xsrf-token',
]);

const dropped: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

const firstRows: ReadonlyMap<string, number> = new Map(
  staticRows.map((row, i) => [row.name, i + 1] as const).toReversed(),
);

/** The names above, as they are and in the spelling of HTTP/1. */
const known: ReadonlyMap<string, NamePolicy> = new Map(
  [...staticRows.map((row) => row.name), ...atOnce, ...not, ...never, ...dropped].flatMap((name) => {
    const policy = makePolicy(name);
    return [[name, policy] as const, [titleCase(name), policy] as const];
  }),
);

/** What to do with a name of any case. */
export function policyOf(name: string): NamePolicy {
  return known.get(name) ?? known.get(name.toLowerCase()) ?? makePolicy(name.toLowerCase());
}

function makePolicy(name: string): NamePolicy {
  return { name, staticIndex: firstRows.get(name) ?? 0, staticValues: valuesOf(name), indexing: indexingOf(name) };
}

function indexingOf(name: string): IndexingValue {
  if (dropped.has(name)) return Indexing.Dropped;
  if (never.has(name)) return Indexing.Never;
  if (atOnce.has(name)) return Indexing.AtOnce;
  return not.has(name) ? Indexing.Not : Indexing.IfRepeated;
}

function valuesOf(name: string): readonly string[] | undefined {
  const values = staticRows.filter((row) => row.name === name).map((row) => row.value);
  return values.length === 0 || values[0] === '' ? undefined : values;
}

function titleCase(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
