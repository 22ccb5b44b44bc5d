import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  defaultServerTls,
  type FeaturePlan,
  type ListenerPlan,
  type ListenerTlsPlan,
  type Plan,
} from '../../proxy/index.ts';
import { Reach } from '../exposure/open-to.ts';
import { planFromCommand } from './from-command.ts';
import { advise } from './advise.ts';
import { adviseSecrets } from './advise-secrets.ts';
import { adviseTlsVersions } from './advise-tls-versions.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { Config } from './config.ts';
import { readConfigText } from './load-config.ts';
import { Problems, type Source } from './source.ts';

const env = { environment: { PASSPHRASE: 'hunter2' }, instance: 'test' };

async function warningsOf(yaml: string, advice = true): Promise<readonly ConfigProblem[]> {
  const result = await readConfigText(yaml, '/etc/postern/postern.yaml', { ...env, advice });
  assert.ok(result.ok, JSON.stringify(result));
  return result.warnings;
}

const tls: ListenerTlsPlan = {
  certificates: [],
  unknownName: 'default',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: '',
  groups: '',
  clientCertificates: undefined,
  handshakeMs: 1,
};

/** Advice on a config whose plan is changed first: what the config cannot say here needs files. */
async function advised(
  yaml: string,
  change: (plan: Plan) => Partial<Plan>,
  everything = true,
): Promise<ConfigProblem[]> {
  const result = await readConfigText(yaml, 'postern.yaml', env);
  assert.ok(result.ok, JSON.stringify(result));
  const source: Source = {
    file: 'postern.yaml',
    folder: '/nowhere',
    value: {},
    shown: new Map(),
    locate: () => ({ file: 'postern.yaml', line: 1, column: 1 }),
  };
  const problems = new Problems(source);
  const config = { forwarding: { trustedProxies: [] }, admin: {}, accessLog: false } as unknown as Config;
  advise({ config, plan: { ...result.plan, ...change(result.plan) }, source, problems }, everything);
  return [...problems.list()];
}

const both = `listeners:
  web: { address: ":80" }
  safe: { address: ":443" }
routes:
  - { host: a.example, to: http://10.0.0.1 }
  - { host: b.example, to: http://10.0.0.1, https: redirect }
  - { host: c.example, to: http://10.0.0.1, listeners: [safe] }
`;

function withTls(plan: Plan): Plan {
  return { ...plan, listeners: plan.listeners.map((each) => (each.name === 'safe' ? { ...each, tls } : each)) };
}

const password: FeaturePlan = { name: 'basic-auth', config: {} };

function withPasswords(plan: Plan): Plan {
  return { ...plan, routes: plan.routes.map((route) => ({ ...route, middleware: [password] })) };
}

test('a route that is served over plain HTTP beside https is advised to redirect, others are not', async () => {
  const found = await advised(both, withTls);
  assert.deepEqual(
    found.map(({ path }) => path),
    ['routes[0].https'],
  );
  assert.match(found[0]!.message, /over plain HTTP by the listener "web", though "safe" has it over https$/);
  assert.equal(found[0]!.severity, 'warning');
  assert.deepEqual(await advised(both, (plan) => plan), [], 'without TLS there is nothing to redirect to');
});

test('a password over plain HTTP is warned of at every start, and not said twice', async () => {
  for (const everything of [true, false]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const found = await advised(both, (plan) => withPasswords(withTls(plan)), everything);
    assert.deepEqual(
      found.map(({ path }) => path),
      ['routes[0].middleware[0]'],
    );
    assert.match(
      found[0]!.message,
      /^Passwords for this route can be read on their way: the listener "web" speaks plain/,
    );
  }
});

test('a password over plain HTTP is no danger on loopback, on a unix socket, or behind trusted proxies', async () => {
  const config = (listeners: string): string => `${listeners}routes: [{ host: a.example, to: http://10.0.0.1 }]\n`;
  for (const address of ['127.0.0.1:80', '"[::1]:80"', 'unix:/run/x.sock']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.deepEqual(await advised(config(`listeners: { web: { address: ${address} } }\n`), withPasswords), []);
  }
  const open = config('listeners: { web: { address: ":80" } }\n');
  assert.equal((await advised(open, withPasswords)).length, 1);
  assert.deepEqual(await advised(`${open}forwarding: { trustedProxies: [10.0.0.9] }\n`, withPasswords), []);
});

test('a listener open to the world whose routes judge nobody is advised of once', async () => {
  const open = 'listeners: { web: { address: ":80" }, other: { address: "10.0.0.1:81" } }\n';
  const [only, ...more] = await warningsOf(
    `${open}routes: [{ to: http://10.0.0.2 }, { path: /a/, to: http://10.0.0.3 }]\n`,
  );
  assert.equal(only?.path, 'listeners.web.address');
  assert.equal(only.line, 1);
  assert.match(only.message, /^The listener "web" is open to the world/);
  assert.deepEqual(more, []);
  const quiet = [
    `${open}routes: [{ to: http://10.0.0.2, host: a.example }]\n`,
    `${open}routes: [{ to: http://10.0.0.2 }, { to: http://10.0.0.2, host: a.example }]\n`,
    `${open}routes: [{ to: http://10.0.0.2 }]\nforwarding: { trustedProxies: [10.0.0.9] }\n`,
    'listeners: { web: { address: "127.0.0.1:80" } }\nroutes: [{ to: http://10.0.0.2 }]\n',
  ];
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (const yaml of quiet) assert.deepEqual(await warningsOf(yaml), [], yaml);
  assert.deepEqual(await warningsOf(`${open}routes: [{ to: http://10.0.0.2 }]\n`, false), [], 'not at every start');
});

test('the config of a command gets no advice', async () => {
  const result = await planFromCommand(':8080', ['http://localhost:3000'], env);
  assert.deepEqual(result.ok && result.warnings, []);
});

test('networks of trusted proxies that nobody owns are warned of, private ones are not', async () => {
  const yaml = (network: string): string =>
    `listeners: { web: { address: ":80" } }\nroutes: [{ to: http://10.0.0.2 }]\nforwarding: { trustedProxies: ["${network}"] }\n`;
  for (const network of ['0.0.0.0/0', '::/0', '0.0.0.0/1', '8.0.0.0/7', '2000::/3']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const found = await warningsOf(yaml(network));
    assert.deepEqual(
      found.map(({ path }) => path),
      ['forwarding.trustedProxies[0]'],
      network,
    );
  }
  for (const network of ['10.0.0.0/8', 'fc00::/7', 'fe80::/10', '2001:db8::/32', '8.0.0.0/8']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.deepEqual(await warningsOf(yaml(network)), [], network);
  }
});

test('old versions of TLS are warned of on both sides', async () => {
  const result = await readConfigText(both, 'postern.yaml', env);
  assert.ok(result.ok);
  const source: Source = {
    file: 'x',
    folder: '/',
    value: { listeners: { safe: { tls: { preset: 'old' } } } },
    shown: new Map(),
    locate: () => ({ file: 'x', line: 1, column: 1 }),
  };
  const problems = new Problems(source);
  const plan: Plan = {
    ...result.plan,
    listeners: result.plan.listeners.map((each) => ({ ...each, tls: { ...tls, minVersion: 'TLSv1' } })),
    pools: result.plan.pools.map((pool) => ({
      ...pool,
      name: 'p',
      tls: { ...defaultServerTls, minVersion: 'TLSv1.1' },
    })),
  };
  adviseTlsVersions({ config: {} as Config, plan, source, problems, reach: new Reach() });
  assert.deepEqual(
    problems.list().map(({ path, message }) => `${path}: ${message}`),
    [
      'listeners.safe.tls.preset: The listener "safe" speaks TLS 1.0, which is not safe any more',
      'listeners.web.tls.minVersion: The listener "web" speaks TLS 1.0, which is not safe any more',
      'pools.p.tls.minVersion: The pool "p" speaks TLS 1.1, which is not safe any more',
    ],
  );
});

test('secrets that stand in the config are warned of, and not shown', () => {
  const value = {
    listeners: {
      a: { tls: { certificates: ['x.pem', { pfx: 'a', passphrase: 'hunter2' }, { passphrase: 'put in' }] } },
    },
    routes: [{ middleware: [{ other: { password: '$2y$' } }] }],
    cookieSecret: 'hunter2 and some more',
  };
  const shown = new Map([['listeners.a.tls.certificates[2].passphrase', '***']]);
  const source: Source = { file: 'x', folder: '/', value, shown, locate: () => ({ file: 'x', line: 1, column: 1 }) };
  const problems = new Problems(source);
  adviseSecrets({ config: {} as Config, plan: {} as Plan, source, problems, reach: new Reach() });
  assert.deepEqual(
    problems.list().map(({ path }) => path),
    ['listeners.a.tls.certificates[1].passphrase', 'cookieSecret'],
  );
  assert.ok(!JSON.stringify(problems.list()).includes('hunter2'));
});

test('ciphers that browsers refuse for HTTP/2 are warned of where they come first, HTTP/2 is on and TLS 1.2 may be spoken', async () => {
  const yaml = 'listeners: { web: { address: "127.0.0.1:443" } }\nroutes: [{ to: http://10.0.0.1 }]\n';
  const found = async (ciphers: string, more: Partial<ListenerPlan> = {}): Promise<string[]> => {
    const speaking = { ...tls, ciphers, ...more.tls };
    const change = ({ listeners }: Plan) => ({
      listeners: listeners.map((each) => ({ ...each, ...more, tls: speaking })),
    });
    return (await advised(yaml, change)).map(({ path, message }) => `${path}: ${message}`);
  };
  const said =
    'listeners.web.tls: Browsers refuse HTTP/2 with the cipher ECDHE-RSA-AES128-SHA, which comes first here for TLS 1.2';
  const bad = 'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256';
  assert.deepEqual(await found(bad), [said]);
  assert.deepEqual(await found('TLS_AES_128_GCM_SHA256:AES128-GCM-SHA256'), [
    said.replace('ECDHE-RSA-AES128-SHA', 'AES128-GCM-SHA256'),
  ]);
  assert.deepEqual(await found('TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA'), []);
  assert.deepEqual(await found('TLS_AES_128_GCM_SHA256'), []);
  assert.deepEqual(await found(bad, { http2: undefined }), []);
  assert.deepEqual(await found(bad, { tls: { ...tls, ciphers: bad, minVersion: 'TLSv1.3' } }), []);
});

test('a gRPC check of servers that get requests by HTTP/1 is warned of', async () => {
  const found = await warningsOf(`listeners: { web: { address: "127.0.0.1:80" } }
routes: [{ to: a }, { path: /b/, to: b }, { path: /c/, to: c }, { path: /d/, to: d }, { path: /e/, to: e }]
pools:
  a: { servers: ["http://10.0.0.1"], health: { type: grpc } }
  b: { servers: ["https://10.0.0.1"], health: { type: grpc } }
  c: { servers: ["h2c://10.0.0.1"], health: { type: grpc } }
  d: { servers: ["http://10.0.0.1"], health: { type: grpc, port: 9090 } }
  e: { servers: ["https://10.0.0.1"], protocol: http1, health: { type: grpc } }
`);
  assert.deepEqual(
    found.map(({ path, message }) => `${path}: ${message.slice(0, 60)}`),
    ['a', 'e'].map(
      (pool) => `pools.${pool}.health: The servers of the pool "${pool}" are asked by gRPC whether they w`,
    ),
  );
});

test('a control socket or a log in a folder for everyone is warned of', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-advice-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const yaml = `listeners: { web: { address: "127.0.0.1:80" } }
routes: [{ to: http://10.0.0.2 }]
admin: { socket: ${folder}/postern.sock }
accessLog: { file: ${folder}/access.log }
`;
  assert.deepEqual(await warningsOf(yaml), []);
  chmodSync(folder, 0o1777);
  const found = await warningsOf(yaml);
  assert.deepEqual(
    found.map(({ path, line }) => `${path} ${line}`),
    ['admin.socket 3', 'accessLog.file 4'],
  );
});

test('what is so for 10,000 routes is said for ten, with the number of the others', async () => {
  const routes = Array.from({ length: 10_000 }, (_, i) => `  - { host: h${i}.example, to: http://10.0.0.1 }\n`);
  const yaml = `listeners: { web: { address: ":80" }, safe: { address: ":443" } }\nroutes:\n${routes.join('')}`;
  const found = await advised(yaml, withTls);
  assert.equal(found.length, 10);
  assert.match(found[9]!.message, /, and so it is with 9,990 others$/);
});
