/**
 * What each feature adds to an exchange in JavaScript alone: its request and response hooks, over a browser's request.
 * `node bench/micro/features.ts [rounds]` prints nanoseconds as a table.
 */
import { Headers } from '../../src/core/headers.ts';
import type { Exchange } from '../../src/proxy/exchange.ts';
import type { Answer, FeatureEnv, Hooks, Work } from '../../src/proxy/middleware/feature.ts';
import { featureOf } from '../../src/proxy/middleware/registry.ts';
import type { FeaturePlan } from '../../src/proxy/plan.ts';

const none = { remove: [], set: [], add: [] };
const value = (name: string): unknown => [{ kind: 'variable', name }];
const text = (given: string): unknown => [{ kind: 'text', text: given }];

/** A row of the table for each. */
const rows: readonly (readonly [string, FeaturePlan])[] = [
  ['headers: one set, one removed, both ways', { name: 'headers', config: edits() }],
  ['rewrite: stripPrefix', { name: 'rewrite', config: { prefixes: [{ from: '/assets', to: '' }] } }],
  [
    'rewrite: regex with a group',
    {
      name: 'rewrite',
      config: {
        prefixes: [],
        regex: {
          match: '^/assets/(.*)$',
          to: {
            path: [
              { kind: 'text', text: '/' },
              { kind: 'capture', number: 1 },
            ],
          },
          all: false,
        },
      },
    },
  ],
  [
    'rewrite: query',
    {
      name: 'rewrite',
      config: { prefixes: [], query: { remove: ['debug'], set: [{ name: 'a', value: text('b') }], add: [] } },
    },
  ],
  [
    'redirect: every request',
    {
      name: 'redirect',
      config: { to: [...(text('https://www.example.com') as []), ...(value('path') as [])], status: 308 },
    },
  ],
  [
    'redirect: a pattern that does not match',
    { name: 'redirect', config: { to: text('/'), status: 308, match: '^/old/' } },
  ],
  ['respond: a fixed answer', { name: 'respond', config: { kind: 'fixed', status: 200, body: 'ok', headers: [] } }],
  [
    'security-headers: true',
    {
      name: 'security-headers',
      config: {
        fields: [
          { name: 'X-Content-Type-Options', value: 'nosniff' },
          { name: 'X-Frame-Options', value: 'SAMEORIGIN' },
          { name: 'Referrer-Policy', value: 'strict-origin-when-cross-origin' },
        ],
        override: false,
        hideServer: true,
      },
    },
  ],
  [
    'cors: an origin of the list',
    {
      name: 'cors',
      config: {
        origins: { any: false, exact: ['https://www.example.com'], below: [] },
        methods: 'GET',
        credentials: true,
        maxAge: 600,
        privateNetwork: false,
        rejectOthers: false,
      },
    },
  ],
  ['ip-filter: 100,000 networks', { name: 'ip-filter', config: manyNetworks() }],
  ['body-limit: no body', { name: 'body-limit', config: { max: 1e7, exceptions: [] } }],
  ['basic-auth: no credentials', { name: 'basic-auth', config: auth() }],
  [
    'error-pages: no error',
    { name: 'error-pages', config: { pages: [{ of: '5xx', html: '<p>{id}', json: undefined }], servers: false } },
  ],
  [
    'buffer: no body',
    {
      name: 'buffer',
      config: {
        request: { memory: 65_536, disk: 1e8 },
        response: { memory: 65_536, disk: 1e8 },
        total: 1e9,
        path: '/',
      },
    },
  ],
];

/** One that every second /25 of many /24 is in, the client's not among them. */
function manyNetworks(): unknown {
  const changes = Buffer.alloc(800_000);
  for (let i = 0; i < 200_000; i++) changes.writeUInt32BE(0x0a000000 + i * 128, i * 4);
  const ipv6 = { first: true, changes: '' };
  return { addresses: { ipv4: { first: true, changes: changes.toString('base64') }, ipv6 }, unix: true, others: true };
}

function auth(): unknown {
  const users = [{ name: 'a', hash: { kind: 'sha1', digest: '' } }];
  return { realm: 'x', users, header: 'X-User', forwardAuthorization: false, cacheMs: 1000 };
}

function edits(): unknown {
  return {
    request: { ...none, remove: ['x-secret'], set: [{ name: 'X-Client', value: value('clientAddress') }] },
    response: { ...none, remove: ['server'], set: [{ name: 'X-Route', value: text('app') }] },
  };
}

const fields: readonly (readonly [string, string])[] = [
  ['sec-ch-ua-platform', '"Linux"'],
  [
    'User-Agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  ],
  ['Accept', '*/*'],
  ['Origin', 'https://www.example.com'],
  ['Sec-Fetch-Site', 'same-origin'],
  ['Referer', 'https://www.example.com/'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Cookie', 'session=0123456789abcdef0123456789abcdef; theme=dark'],
  ['X-Forwarded-For', '192.0.2.7'],
  ['X-Request-Id', '0123456789abcdef1'],
];
const answered: readonly (readonly [string, string])[] = [
  ['Server', 'nginx/1.22.1'],
  ['Date', 'Sat, 21 Nov 2026 12:00:00 GMT'],
  ['Content-Type', 'text/plain'],
  ['ETag', '"5f5f"'],
];

function headersOf(list: readonly (readonly [string, string])[]): Headers {
  const headers = new Headers();
  for (const [name, given] of list) headers.add(name, given);
  return headers;
}

const exchange = {
  id: '0123456789abcdef1',
  client: { id: 1, listener: 'web', address: '192.0.2.7', tls: undefined },
  clientAddress: '192.0.2.7',
  scheme: 'https',
  method: 'GET',
  target: { path: '/assets/app.js', query: '?v=12&debug=1', raw: '/assets/app.js?v=12&debug=1' },
  authority: 'www.example.com',
  host: 'www.example.com',
  headers: headersOf(fields),
} as unknown as Exchange; // What no hook looks at is left out.

const env = {
  clock: { now: () => performance.now(), date: () => Date.now() },
  log: { debug() {}, info() {}, warn() {}, error() {} },
};

let answers = 0;

function once(hooks: Hooks | undefined): void {
  const work = {
    exchange,
    reply: { inform() {} },
    path: exchange.target.path,
    query: exchange.target.query,
    host: undefined,
    headers: headersOf(fields),
    expectContinue: false,
    body: undefined,
  } satisfies Work;
  const answer = {
    status: 200,
    reason: '',
    headers: headersOf(answered),
    body: undefined,
    announcedLength: undefined,
    own: false,
    code: undefined,
  } satisfies Answer;
  if (hooks?.request?.(work) !== undefined) answers++;
  void hooks?.response?.(answer, work);
  answers += answer.headers.length;
}

function hooksOf(plan: FeaturePlan | undefined): Hooks | undefined {
  return plan && featureOf(plan.name).create(plan.config, env as unknown as FeatureEnv);
}

/** The least of the rounds, in nanoseconds. */
function best(plan: FeaturePlan | undefined, rounds: number): number {
  const hooks = hooksOf(plan);
  let least = Infinity;
  for (let i = 0; i < rounds; i++) {
    const start = process.hrtime.bigint();
    for (let j = 0; j < 20_000; j++) once(hooks);
    least = Math.min(least, Number(process.hrtime.bigint() - start) / 20_000);
  }
  return least;
}

const rounds = Number(process.argv[2] ?? 15);
best(undefined, rounds);
const base = best(undefined, rounds);
process.stdout.write('| feature | ns an exchange |\n|---|--:|\n');
for (const [name, plan] of rows) {
  process.stdout.write(`| ${name} | ${Math.max(0, best(plan, rounds) - base).toFixed(0)} |\n`);
}
if (answers === 0) throw new Error('Nothing was done');
