import { plainRoute } from '../plan.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Headers } from '../../core/headers.ts';
import type { ClientConnection, Exchange } from '../exchange.ts';
import { listenerPlan } from '../fixtures.test.ts';
import type { RoutePlan } from '../plan.ts';
import { prepareHeaders } from './fixed-headers.ts';
import { outgoingHeaders } from './outgoing-headers.ts';
import { ForwardingSettings } from './settings.ts';

const route: RoutePlan = {
  name: 'route',
  hosts: [{ kind: 'any' }],
  path: { kind: 'prefix', path: '/app' },
  listeners: undefined,
  pool: 'pool',
  replacePrefix: '/',
  ...plainRoute,
  hostHeader: { kind: 'preserve' },
  upgrade: [],
};

function connection(trusted: boolean): ClientConnection {
  return {
    id: 1,
    listener: 'web',
    plan: listenerPlan(),
    address: '203.0.113.7',
    port: 4711,
    localPort: 80,
    trusted,
    tls: undefined,
    onClose: () => {},
  };
}

function exchangeOf(
  client: ClientConnection,
  fields: readonly (readonly [string, string])[],
  rest: Partial<Exchange>,
): Exchange {
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  const given = {
    id: 'id-1',
    client,
    clientAddress: client.address,
    protocol: 'HTTP/1.1',
    scheme: 'http',
    authority: 'example.com',
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that the step reads of an exchange
  return { ...given, headers, ...rest } as Exchange;
}

function lines(headers: Headers): string[] {
  return headers.names.map((name, i) => `${name}: ${headers.values[i]}`);
}

test('prepareHeaders() says the same as outgoingHeaders(), whatever comes and whatever came before on the connection', () => {
  const name = fc.constantFrom(
    'Accept',
    'X-Forwarded-For',
    'x_forwarded_for',
    'Via',
    'CDN-Loop',
    'X-Request-Id',
    'Forwarded',
    'X-Forwarded-Proto-2',
  );
  const request = fc.record({
    fields: fc.array(fc.tuple(name, fc.constantFrom('a', '10.0.0.1', 'for=x')), { maxLength: 3 }),
    authority: fc.constantFrom('example.com', 'other.example:81', ''),
    protocol: fc.constantFrom('HTTP/1.0' as const, 'HTTP/1.1' as const),
    route: fc.constantFrom(route, { ...route, replacePrefix: undefined }),
  });
  const settings = fc.record({ trustedProxies: fc.constant([]), forwarded: fc.boolean(), via: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(request, { minLength: 1, maxLength: 6 }),
      settings,
      fc.boolean(),
      (requests, plan, trusted) => {
        const client = connection(trusted);
        const ready = new ForwardingSettings(plan, 'postern-1a2b');
        for (const { fields, route: to, ...rest } of requests) {
          const expected = lines(outgoingHeaders(exchangeOf(client, fields, rest), to, ready));
          const { headers, fixed } = prepareHeaders(exchangeOf(client, fields, rest), to, ready);
          const all = [...lines(headers), ...(fixed ? fixed.text.split('\r\n').slice(0, -1) : [])];
          assert.deepEqual(all.toSorted(), expected.toSorted());
        }
      },
    ),
  );
});

test('what is fixed is worked out once for a connection', () => {
  const client = connection(false);
  const settings = new ForwardingSettings({ trustedProxies: [], forwarded: false, via: false }, 'postern-1a2b');
  const first = prepareHeaders(exchangeOf(client, [], {}), route, settings);
  const second = prepareHeaders(exchangeOf(client, [], {}), route, settings);
  assert.ok(first.fixed);
  assert.equal(first.fixed, second.fixed);
});

test('what came marked never to be indexed goes on so, whoever sent it', () => {
  for (const trusted of [false, true]) {
    const exchange = exchangeOf(connection(trusted), [['x-secret', '1']], {});
    exchange.headers.neverIndexed = ['x-secret'];
    const settings = new ForwardingSettings({ trustedProxies: [], forwarded: false, via: false }, 'postern');
    assert.deepEqual(prepareHeaders(exchange, route, settings).headers.neverIndexed, ['x-secret']);
  }
});
