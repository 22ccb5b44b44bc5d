import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Headers } from '../../core/headers.ts';
import type { ClientConnection, Exchange } from '../exchange.ts';
import { listenerPlan } from '../fixtures.test.ts';
import { plainRoute, type ForwardingPlan, type RoutePlan } from '../plan.ts';
import { clientAddressOf } from './client-address.ts';
import { outgoingHeaders } from './outgoing-headers.ts';
import { ForwardingSettings } from './settings.ts';

type Fields = readonly (readonly [string, string])[];

interface Given {
  readonly client?: Partial<ClientConnection>;
  readonly exchange?: Partial<Exchange>;
  readonly route?: Partial<RoutePlan>;
  readonly plan?: Partial<ForwardingPlan>;
}

const usualRoute: RoutePlan = {
  name: 'route',
  ...{ hosts: [{ kind: 'any' }], path: { kind: 'prefix', path: '/' }, listeners: undefined },
  pool: 'pool',
  replacePrefix: undefined,
  ...plainRoute,
  hostHeader: { kind: 'preserve' },
  upgrade: [],
};

/** What a server gets for these fields, as `name: value` lines. */
function sent(fields: Fields, given: Given = {}): string[] {
  const plan = { trustedProxies: ['10.0.0.0/8'], forwarded: false, via: false, ...given.plan };
  const settings = new ForwardingSettings(plan, 'postern-1a2b');
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  const address = given.client?.address ?? '203.0.113.7';
  const client: ClientConnection = {
    id: 1,
    listener: 'web',
    plan: listenerPlan(),
    address,
    port: 4711,
    localPort: 8080,
    trusted: settings.trusted.has(address),
    tls: undefined,
    onClose: () => {},
    ...given.client,
  };
  // All that the step reads of an exchange.
  const exchange = {
    id: 'id-1',
    client,
    clientAddress: clientAddressOf(headers, client, settings.trusted),
    protocol: 'HTTP/1.1',
    scheme: 'http',
    authority: 'example.com:8080',
    headers,
    ...given.exchange,
  } as Exchange;
  const before = JSON.stringify(headers);
  const out = outgoingHeaders(exchange, { ...usualRoute, ...given.route }, settings);
  assert.equal(JSON.stringify(headers), before, 'the exchange keeps its own list');
  return out.names.map((name, i) => `${name}: ${out.values[i]}`);
}

/** The values of one field. */
function valuesOf(lines: readonly string[], name: string): string[] {
  return lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
}

const proxy: Given = { client: { address: '10.0.0.1' } };

test('a plain request gets our word, after its own fields', () => {
  assert.deepEqual(
    sent([
      ['accept', '*/*'],
      ['X-Custom', '1'],
      ['Cookie', 'a=b'],
    ]),
    [
      'accept: */*',
      'X-Custom: 1',
      'Cookie: a=b',
      'X-Forwarded-For: 203.0.113.7',
      'X-Real-IP: 203.0.113.7',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Host: example.com:8080',
      'X-Forwarded-Port: 8080',
      'X-Request-Id: id-1',
      'CDN-Loop: postern-1a2b',
    ],
  );
});

/** Every field that says where a request came from, and twins that gateways take for the same. */
const claims: Fields = [
  ['X-Forwarded-For', '192.0.2.66'],
  ['x-forwarded-for', '192.0.2.67'],
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Forwarded-Port', '443'],
  ['X-Forwarded-Prefix', '/evil'],
  ['X-Forwarded-Ssl', 'on'],
  ['X-Forwarded-User', 'admin'],
  ['X-Forwarded', '192.0.2.66'],
  ['Forwarded', 'for=192.0.2.66'],
  ['X-Real-IP', '192.0.2.66'],
  ['X-Request-Id', 'evil'],
  ['X_Forwarded_For', '192.0.2.66'],
  ['x-forwarded_proto', 'https'],
  ['X.Forwarded.Host', 'evil.example'],
  ['X_Real_IP', '192.0.2.66'],
  ['X-Real_IP', '192.0.2.66'],
  ['x_request_id', 'evil'],
];

test('from a peer that is not trusted no claim survives', () => {
  assert.deepEqual(sent(claims), sent([]));
});

test('the way so far and the trace are passed on from everyone', () => {
  const lines = sent([
    ['Via', '1.1 a'],
    ['via', '1.1 b'],
    ['CDN-Loop', 'other; v=1'],
    ['traceparent', 'anything'],
    ['tracestate', 'x=1'],
  ]);
  assert.deepEqual(valuesOf(lines, 'Via'), ['1.1 a, 1.1 b']);
  assert.deepEqual(valuesOf(lines, 'CDN-Loop'), ['other; v=1, postern-1a2b']);
  assert.deepEqual(valuesOf(lines, 'traceparent'), ['anything']);
  assert.deepEqual(valuesOf(lines, 'tracestate'), ['x=1']);
});

test('a trusted proxy is believed, and lists go on behind it', () => {
  const lines = sent(
    [
      ['X-Forwarded-For', '192.0.2.1'],
      ['X-Forwarded-For', '10.0.0.9'],
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Host', 'www.example.com'],
      ['X-Forwarded-Port', '8443'],
      ['X-Forwarded-Prefix', '/app'],
      ['X-Forwarded-Ssl', 'on'],
      ['X-Real-IP', '192.0.2.99'],
      ['Forwarded', 'for=192.0.2.1'],
      ['X-Request-Id', 'weighed elsewhere'],
      ['X_Forwarded_For', '192.0.2.66'],
    ],
    proxy,
  );
  assert.deepEqual(lines, [
    'X-Forwarded-Ssl: on',
    'X-Forwarded-For: 192.0.2.1, 10.0.0.9, 10.0.0.1',
    'X-Real-IP: 192.0.2.1',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: www.example.com',
    'X-Forwarded-Port: 8443',
    'X-Forwarded-Prefix: /app',
    'Forwarded: for=192.0.2.1',
    'X-Request-Id: id-1',
    'CDN-Loop: postern-1a2b',
  ]);
});

test('what a trusted proxy says must make sense, or ours is said', () => {
  const refused: Fields = [
    ['X-Forwarded-Proto', 'gopher'],
    ['X-Forwarded-Proto', 'https, http'],
    ['X-Forwarded-Proto', ''],
    ['X-Forwarded-Host', 'a.example, b.example'],
    ['X-Forwarded-Host', 'a.example/path'],
    ['X-Forwarded-Host', 'a"b'],
    ['X-Forwarded-Host', 'a'.repeat(262)],
    ['X-Forwarded-Port', '0'],
    ['X-Forwarded-Port', '080'],
    ['X-Forwarded-Port', '65536'],
    ['X-Forwarded-Port', '123456'],
    ['X-Forwarded-Port', '+80'],
    ['X-Forwarded-Prefix', 'app'],
    ['X-Forwarded-Prefix', '//evil.example'],
    ['X-Forwarded-Prefix', '/a//b'],
    ['X-Forwarded-Prefix', '/\\evil.example'],
    ['X-Forwarded-Prefix', '/a, /b'],
    ['X-Forwarded-Prefix', '/a?b'],
    ['X-Forwarded-Prefix', '/'],
  ];
  const ours = sent([], proxy);
  for (const field of refused) assert.deepEqual(sent([field], proxy), ours, field.join(': ').slice(0, 80));
});

test('two lines of one field that should be single are not believed', () => {
  const twice: Fields = [
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-Port', '443'],
  ];
  assert.deepEqual(sent(twice, proxy), sent([], proxy));
});

test('X-Forwarded-Port goes with the scheme and host that are said', () => {
  const port = (fields: Fields, given: Given): string[] => valuesOf(sent(fields, given), 'X-Forwarded-Port');
  assert.deepEqual(port([['X-Forwarded-Proto', 'https']], { ...proxy, exchange: { authority: 'example.com' } }), [
    '443',
  ]);
  assert.deepEqual(port([['X-Forwarded-Proto', 'https']], proxy), ['8080']);
  assert.deepEqual(port([['X-Forwarded-Host', 'example.com:444']], proxy), ['444']);
  assert.deepEqual(port([['X-Forwarded-Host', '[2001:db8::1]']], proxy), ['80']);
  assert.deepEqual(port([['X-Forwarded-Host', '[2001:db8::1]:81']], proxy), ['81']);
  assert.deepEqual(port([], proxy), ['8080']);
  const unix = { address: 'unix', port: 0, localPort: 0 };
  assert.deepEqual(port([], { client: unix, exchange: { authority: 'example.com' } }), ['80']);
  assert.deepEqual(port([], { client: unix, exchange: { authority: 'example.com', scheme: 'https' } }), ['443']);
  assert.deepEqual(port([], { client: unix, exchange: { authority: 'example.com:81' } }), ['81']);
});

test('a host that servers could read as a list is not forwarded as one', () => {
  for (const authority of ['', 'good.example,evil.example', 'a"b', 'a b']) {
    const lines = sent([], { exchange: { authority }, plan: { forwarded: true } });
    assert.deepEqual(valuesOf(lines, 'X-Forwarded-Host'), [], authority);
    assert.deepEqual(valuesOf(lines, 'Forwarded'), ['for="203.0.113.7:4711";proto=http'], authority);
  }
});

test('a unix socket has no address: none is made up', () => {
  const unix: Given = { client: { address: 'unix', port: 0, localPort: 0 }, plan: { forwarded: true } };
  const lines = sent([], unix);
  assert.deepEqual(valuesOf(lines, 'X-Forwarded-For'), []);
  assert.deepEqual(valuesOf(lines, 'X-Real-IP'), []);
  assert.deepEqual(valuesOf(lines, 'Forwarded'), ['for=unknown;host="example.com:8080";proto=http']);
  const behind = sent([['X-Forwarded-For', '192.0.2.1']], { ...unix, client: { ...unix.client, trusted: true } });
  assert.deepEqual(valuesOf(behind, 'X-Forwarded-For'), ['192.0.2.1']);
  assert.deepEqual(valuesOf(behind, 'X-Real-IP'), ['192.0.2.1']);
});

test('X-Forwarded-Prefix names what rewriting took away', () => {
  const prefix = (route: Partial<RoutePlan>, fields: Fields = [], given: Given = {}): string[] =>
    valuesOf(sent(fields, { ...given, route }), 'X-Forwarded-Prefix');
  assert.deepEqual(prefix({ path: { kind: 'prefix', path: '/api' }, replacePrefix: '/' }), ['/api']);
  assert.deepEqual(prefix({ path: { kind: 'folder', path: '/exchange/' }, replacePrefix: '/owa/' }), ['/exchange']);
  assert.deepEqual(prefix({ path: { kind: 'prefix', path: '/api' }, replacePrefix: '/api/' }), []);
  assert.deepEqual(prefix({ path: { kind: 'prefix', path: '/api' } }), []);
  assert.deepEqual(prefix({ path: { kind: 'prefix', path: '/' }, replacePrefix: '/v1' }), []);
  assert.deepEqual(prefix({ path: { kind: 'exact', path: '/login' }, replacePrefix: '/auth' }), []);
  const api: Partial<RoutePlan> = { path: { kind: 'prefix', path: '/api' }, replacePrefix: '/' };
  assert.deepEqual(prefix(api, [['X-Forwarded-Prefix', '/outer/']], proxy), ['/outer/api']);
  assert.deepEqual(prefix(api, [['X-Forwarded-Prefix', '/outer/']]), ['/api']);
});

test('Forwarded goes on behind a trusted one, and takes the place of any other', () => {
  const forwarded = (fields: Fields, given: Given): string[] =>
    valuesOf(sent(fields, { ...given, plan: { forwarded: true } }), 'Forwarded');
  const rest = 'host="example.com:8080";proto=http';
  assert.deepEqual(forwarded([], {}), [`for="203.0.113.7:4711";${rest}`]);
  assert.deepEqual(forwarded([['Forwarded', 'for=192.0.2.66']], {}), [`for="203.0.113.7:4711";${rest}`]);
  const before = 'for=192.0.2.1, for=10.0.0.9';
  assert.deepEqual(forwarded([['Forwarded', before]], proxy), [`${before}, for="10.0.0.1:4711";${rest}`]);
});

test('a client named in one way is named in the other too', () => {
  const onlyNew = sent([['Forwarded', 'for="[2001:db8::1]:99"']], { ...proxy, plan: { forwarded: true } });
  assert.deepEqual(valuesOf(onlyNew, 'X-Forwarded-For'), ['2001:db8::1, 10.0.0.1']);
  assert.deepEqual(valuesOf(onlyNew, 'X-Real-IP'), ['2001:db8::1']);
  const onlyOld = sent(
    [
      ['X-Forwarded-For', '2001:db8::1'],
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Host', 'www.example.com'],
    ],
    { ...proxy, plan: { forwarded: true } },
  );
  assert.deepEqual(valuesOf(onlyOld, 'Forwarded'), [
    'for="[2001:db8::1]";host="www.example.com";proto=https, for="10.0.0.1:4711";host="example.com:8080";proto=http',
  ]);
});

test('Via goes on behind what is there, with the version that the request came in', () => {
  const via = (fields: Fields, exchange: Partial<Exchange> = {}): string[] =>
    valuesOf(sent(fields, { plan: { via: true }, exchange }), 'Via');
  assert.deepEqual(via([]), ['1.1 postern']);
  assert.deepEqual(via([['Via', '1.0 fred']], { protocol: 'HTTP/1.0' }), ['1.0 fred, 1.0 postern']);
});

const family = [
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-new',
  'x-forwarded',
  'forwarded',
  'x-real-ip',
  'x-request-id',
  'x-forwarded-host',
];
/** A name of the family as a gateway would see it. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
function isForwarding(line: string): boolean {
  const name = plain(line.slice(0, line.indexOf(':')));
  return family.includes(name) || name.startsWith('x-forwarded-');
}

const disguised = fc
  .tuple(
    fc.constantFrom(...family),
    fc.infiniteStream(fc.boolean()),
    fc.infiniteStream(fc.constantFrom('-', '-', '_', '.', '~')),
  )
  .map(([name, upper, separator]) =>
    Array.from(name, (letter) => {
      if (letter === '-') return separator.next().value;
      return upper.next().value === true ? letter.toUpperCase() : letter;
    }).join(''),
  );
const harmless = fc.constantFrom('Accept', 'Cookie', 'x-requested-with', 'Via', 'CDN-Loop', 'traceparent', 'X');

test('a peer that is not trusted can make no forwarding field other than ours reach the server', () => {
  const field = fc.tuple(fc.oneof(disguised, harmless), fc.string());
  const settings = fc.record({ forwarded: fc.boolean(), via: fc.boolean() });
  fc.assert(
    fc.property(fc.array(field, { maxLength: 20 }), settings, (fields, plan) => {
      assert.deepEqual(sent(fields, { plan }).filter(isForwarding), sent([], { plan }).filter(isForwarding));
    }),
    { numRuns: 500 },
  );
});
