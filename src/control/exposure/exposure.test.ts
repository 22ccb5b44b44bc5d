import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ListenerTlsPlan, Plan, RoutePlan } from '../../proxy/index.ts';
import { readConfigText } from '../config/load-config.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { exposureOf } from './exposure.ts';

const tls: ListenerTlsPlan = {
  certificates: [
    { name: 'a.pem', material: { kind: 'pem', chain: '', key: 'the key' }, names: ['a.example'], fingerprint: '' },
  ],
  unknownName: 'refuse',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: '',
  groups: '',
  clientCertificates: { ca: '', crls: [] },
  handshakeMs: 1,
};

async function loaded(yaml: string): Promise<LoadedConfig> {
  const environment = { HOST: 'hunter2.example', PATH_PART: 'hunter2' };
  const result = await readConfigText(yaml, '/etc/postern/postern.yaml', { environment, instance: '' });
  assert.ok(result.ok, JSON.stringify(result));
  return result;
}

/** Changes routes by their name. */
function withRoutes(plan: Plan, changes: Readonly<Record<string, Partial<RoutePlan>>>): Plan {
  return { ...plan, routes: plan.routes.map((route) => ({ ...route, ...changes[route.name] })) };
}

const several = `listeners: { web: { address: ":80" }, inside: { address: "10.0.0.1:81" }, local: { address: "unix:/run/x.sock" } }
routes:
  - { name: any, to: http://10.0.0.1 }
  - { name: star, host: "*.example", to: http://10.0.0.1 }
  - { name: deep, host: a.example, path: /a/b, to: app }
  - { name: exact, host: a.example, path: { exact: /x }, to: app }
  - { name: folder, host: [b.example, a.example], path: /a/, to: app }
  - { name: prefix, host: a.example, path: /a, to: app, listeners: web }
pools: { app: { servers: [http://10.0.0.5, http://10.0.0.6] } }
`;

test('routes stand in the order in which requests meet them, once for each host, under the listeners that have them', async () => {
  const listeners = exposureOf((await loaded(several)).plan);
  const lines = (name: string): string[] =>
    listeners.find((each) => each.name === name)!.routes.map(({ host, path, route }) => `${host} ${path} ${route}`);
  const shared = ['a.example = /x exact', 'a.example /a/b deep', 'a.example /a/ folder'];
  const rest = ['b.example /a/ folder', '*.example / star', '* / any'];
  assert.deepEqual(lines('web'), [...shared, 'a.example /a prefix', ...rest]);
  assert.deepEqual(lines('local'), [...shared, ...rest]);
  assert.deepEqual(
    listeners.map(({ name, address, openTo }) => `${name} ${address} ${openTo}`),
    ['inside 10.0.0.1:81 this network', 'local unix:/run/x.sock this machine', 'web :80 the world'],
  );
  const [first] = listeners[0]!.routes;
  assert.equal(first?.to, 'app');
  assert.deepEqual(first.servers, ['http://10.0.0.5', 'http://10.0.0.6']);
});

test('a route of a higher priority comes first, and one with a condition before its like without', async () => {
  const { plan } = await loaded(several);
  const changed = withRoutes(plan, {
    any: { priority: 5 },
    prefix: { path: { kind: 'prefix', path: '/a/b' }, when: { kind: 'method', methods: ['GET', 'HEAD'] } },
    folder: { path: { kind: 'regex', pattern: 'x$' }, ignoreCase: true },
  });
  const web = exposureOf(changed).find(({ name }) => name === 'web')!;
  assert.deepEqual(
    web.routes.slice(0, 5).map(({ path, when, priority }) => [path, when, priority]),
    [
      ['/', null, 5],
      ['= /x', null, 0],
      ['~ x$ (any case)', null, 0],
      ['/a/b', 'method is GET or HEAD', 0],
      ['/a/b', null, 0],
    ],
  );
});

test('what protects a route is said, and what does not is not taken for it', async () => {
  const { plan } = await loaded(several);
  const changed = withRoutes(plan, {
    any: { transport: { https: 'redirect', httpsPort: 443, hsts: 'max-age=1', clientCertificate: 'ignore' } },
    star: { transport: { https: 'only', httpsPort: 443, hsts: undefined, clientCertificate: 'require' } },
    deep: {
      middleware: [
        { name: 'ip-filter', config: { others: false } },
        { name: 'body-limit', config: { max: 1_500_000 } },
      ],
    },
    exact: {
      middleware: [
        { name: 'basic-auth', config: {} },
        { name: 'security-headers', config: {} },
      ],
    },
    folder: { when: { kind: 'header', name: 'x-any', value: { kind: 'present' } } },
    prefix: {
      when: {
        kind: 'all',
        of: [
          { kind: 'address', networks: ['10.0.0.0/8'] },
          { kind: 'scheme', scheme: 'http' },
        ],
      },
    },
  });
  const secured = {
    ...changed,
    listeners: changed.listeners.map((each) => (each.name === 'local' ? { ...each, tls } : each)),
  };
  const listeners = exposureOf(secured);
  const said = (name: string): Record<string, unknown> =>
    Object.fromEntries(
      listeners
        .find((each) => each.name === name)!
        .routes.map(({ route, open, keepsOut, hardens }) => [route, [open, ...keepsOut, ...hardens]]),
    );
  const alike = {
    deep: [false, 'only listed addresses', 'bodies to 1.5 MB'],
    exact: [false, 'password', 'security headers'],
    folder: [true],
  };
  assert.deepEqual(said('web'), {
    ...alike,
    any: [false, 'redirects to https'],
    star: [false, 'refused: https only'],
    prefix: [false, 'address is 10.0.0.0/8'],
  });
  assert.deepEqual(said('local'), { ...alike, any: [true, 'HSTS'], star: [false, 'client certificate'] });
  assert.deepEqual(listeners.find(({ name }) => name === 'local')!.tls, {
    minVersion: 'TLS 1.2',
    maxVersion: 'TLS 1.3',
    names: ['a.example'],
    unknownName: 'refuse',
    asksForCertificates: true,
  });
  assert.ok(!JSON.stringify(listeners).includes('the key'));
});

test('a feature that answers stands in the place of the pool', async () => {
  const { plan } = await loaded(several);
  const changed = withRoutes(plan, { any: { pool: undefined, middleware: [{ name: 'redirect', config: {} }] } });
  const last = exposureOf(changed)[0]!.routes.at(-1)!;
  assert.equal(last.to, 'redirect');
  assert.deepEqual(last.servers, []);
});

test('what came from a ${...} is not shown', async () => {
  const { plan, shown } = await loaded(`listeners: { web: { address: ":80" } }
routes:
  - { host: "\${HOST}", to: "http://\${HOST}:8080" }
  - { host: [a.example, "x.\${HOST}"], path: "/\${PATH_PART}/", to: http://10.0.0.1 }
`);
  const changed: Plan = {
    ...plan,
    routes: plan.routes.map((route, i) =>
      i === 0
        ? {
            ...route,
            when: { kind: 'header', name: 'x', value: { kind: 'is', texts: ['hunter2'] } },
            middleware: [{ name: 'ip-filter', config: { others: true, addresses: 'hunter2' } }],
          }
        : route,
    ),
  };
  const hidden = { ...shown, 'routes[0].when.header.x': '***' };
  const listeners = exposureOf(changed, hidden);
  assert.ok(!JSON.stringify(listeners).includes('hunter2'), JSON.stringify(listeners));
  assert.deepEqual(
    listeners[0]!.routes.map(({ host, path, when, keepsOut }) => [host, path, when, keepsOut]),
    [
      ['a.example', '/***/', null, []],
      ['***', '/', '***', []],
      ['x.***', '/***/', null, []],
    ],
  );
});

test('through a route that is disabled nothing is reached', async () => {
  const { plan } = await loaded(
    'listeners: { web: { address: ":80" } }\nroutes: [{ to: http://10.0.0.1, when: { address: { file: gone } } }]\n',
  );
  const [route] = exposureOf(plan)[0]!.routes;
  assert.deepEqual([route!.to, route!.servers, route!.when], ['nothing: it is disabled', [], 'anything']);
});
