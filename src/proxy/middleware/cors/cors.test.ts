import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProxyError } from '../../../core/errors.ts';
import { TestEnv, headersOf } from '../../fixtures.test.ts';
import { addVary } from '../add-vary.ts';
import { answerOf, askFor, linesOf } from '../fixtures.test.ts';
import { cors, type CorsConfig } from './cors.ts';

const listed: CorsConfig = {
  origins: {
    any: false,
    exact: ['https://a.example'],
    below: [{ scheme: 'https', suffix: 'example.org', port: ':8443' }],
  },
  methods: 'GET, PUT',
  headers: undefined,
  exposeHeaders: undefined,
  credentials: false,
  maxAge: 600,
  privateNetwork: false,
  rejectOthers: false,
};
const everyone: CorsConfig = { ...listed, origins: { any: true, exact: [], below: [] } };

type Fields = readonly (readonly [string, string])[];

/** What an exchange ends in: a code, or the fields of the answer. The server's answer has these. */
function exchanged(config: CorsConfig, method: string, asked: Fields, given: Fields = []): string | string[] {
  const hooks = cors.create(config, new TestEnv());
  const work = askFor('/', asked, method);
  const verdict = hooks.request!(work) as
    | undefined
    | ProxyError
    | { status: number; headers: ReturnType<typeof headersOf> };
  if (verdict instanceof ProxyError) return verdict.code;
  const answer = answerOf(
    verdict ? { status: verdict.status, headers: verdict.headers, own: true } : { headers: headersOf(...given) },
  );
  hooks.response!(answer, work);
  return [String(answer.status), ...linesOf(answer.headers).toSorted()];
}

const from = (origin: string): Fields => [['Origin', origin]];
const preflight = (origin: string, ...more: Fields): Fields => [
  ['Origin', origin],
  ['Access-Control-Request-Method', 'PUT'],
  ...more,
];

test('an origin of the list may read, one that is not may not, and caches know that it depends on that', () => {
  for (const origin of ['https://a.example', 'https://b.example.org:8443']) {
    assert.deepEqual(exchanged(listed, 'GET', from(origin)), [
      '200',
      `Access-Control-Allow-Origin: ${origin}`,
      'Vary: Origin',
    ]);
  }
  const others = [
    'https://a.example.evil',
    'https://evil.example?.example.org:8443',
    'https://evil/.example.org:8443',
    'https://a.b.example.org:8443',
    'https://.example.org:8443',
    'https://b.example.org',
    'https://a.example:444',
    'http://a.example',
    'HTTPS://A.EXAMPLE',
    'null',
    '',
  ];
  for (const origin of others)
    assert.deepEqual(exchanged(listed, 'GET', from(origin)), ['200', 'Vary: Origin'], origin);
  assert.deepEqual(exchanged(listed, 'GET', []), ['200', 'Vary: Origin']);
  const sandboxed = { ...listed, origins: { ...listed.origins, exact: ['null'] } };
  assert.deepEqual(exchanged(sandboxed, 'GET', from('null')), [
    '200',
    'Access-Control-Allow-Origin: null',
    'Vary: Origin',
  ]);
});

test('with a star the answer is the same for all, and says so to caches by saying nothing', () => {
  for (const asked of [[], from('https://x.example'), from('null')]) {
    assert.deepEqual(exchanged(everyone, 'GET', asked), ['200', 'Access-Control-Allow-Origin: *']);
  }
});

test("the server's own word is replaced, its Vary is kept", () => {
  const given: Fields = [
    ['access-control-allow-origin', '*'],
    ['Access-Control-Allow-Credentials', 'true'],
    ['Vary', 'Accept-Encoding'],
    ['X', '1'],
  ];
  assert.deepEqual(exchanged(listed, 'GET', from('https://x.example'), given), [
    '200',
    'Vary: Accept-Encoding, Origin',
    'X: 1',
  ]);
});

test('a preflight is answered here: 204 with what is allowed, 403 for others', () => {
  const config = { ...listed, credentials: true, exposeHeaders: 'X-Total', privateNetwork: true };
  assert.deepEqual(
    exchanged(
      config,
      'OPTIONS',
      preflight(
        'https://a.example',
        ['Access-Control-Request-Headers', 'x-a,x-b'],
        ['Access-Control-Request-Private-Network', 'true'],
      ),
    ),
    [
      '204',
      'Access-Control-Allow-Credentials: true',
      'Access-Control-Allow-Headers: x-a,x-b',
      'Access-Control-Allow-Methods: GET, PUT',
      'Access-Control-Allow-Origin: https://a.example',
      'Access-Control-Allow-Private-Network: true',
      'Access-Control-Max-Age: 600',
      'Vary: Access-Control-Request-Method, Access-Control-Request-Headers, Origin',
    ],
  );
  assert.equal(exchanged(config, 'OPTIONS', preflight('https://x.example')), 'origin-denied');
  const fixed = exchanged({ ...listed, headers: 'X-A' }, 'OPTIONS', preflight('https://a.example'));
  assert.ok(fixed.includes('Access-Control-Allow-Headers: X-A'));
  assert.deepEqual(exchanged(listed, 'OPTIONS', from('https://a.example')).slice(0, 1), ['200'], 'no preflight');
});

test('what pages may read and send is said in answers', () => {
  const config = { ...listed, credentials: true, exposeHeaders: 'X-Total, X-Page' };
  assert.deepEqual(exchanged(config, 'POST', from('https://a.example')), [
    '200',
    'Access-Control-Allow-Credentials: true',
    'Access-Control-Allow-Origin: https://a.example',
    'Access-Control-Expose-Headers: X-Total, X-Page',
    'Vary: Origin',
  ]);
});

test('where others are refused, they are, but for the site itself', () => {
  const config = { ...listed, rejectOthers: true };
  const own: Fields = [
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'Site.example:8443'],
  ];
  assert.equal(exchanged(config, 'POST', [...from('https://x.example'), ...own]), 'origin-denied');
  assert.ok(Array.isArray(exchanged(config, 'POST', [...from('https://site.example:8443'), ...own])));
  assert.ok(Array.isArray(exchanged(config, 'POST', from('https://a.example'))));
  assert.ok(Array.isArray(exchanged(config, 'GET', own)));
});

test('addVary() says each field once, and leaves a star alone', () => {
  for (const [given, after] of [
    [[], ['Vary: Origin']],
    [[['vary', 'origin']], ['vary: origin']],
    [[['Vary', '*']], ['Vary: *']],
    [
      [
        ['Vary', 'A'],
        ['Vary', 'B'],
      ],
      ['Vary: A, B, Origin'],
    ],
    [[['Vary', '']], ['Vary: Origin']],
  ] as const) {
    const headers = headersOf(...given);
    addVary(headers, 'Origin');
    assert.deepEqual(linesOf(headers), after);
  }
});
