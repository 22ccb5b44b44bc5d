// Each feature end to end, two together, and on answers that the proxy makes itself.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type {
  CorsConfig,
  FeaturePlan,
  HeadersConfig,
  RedirectConfig,
  RespondConfig,
  RewriteConfig,
  SecurityHeadersConfig,
  TemplatePart,
} from '../../src/proxy/index.ts';
import { readAnswer, statusOf, textOf, valueOf, valuesOf } from '../harness/message.ts';
import { nginx } from '../harness/peers/nginx.ts';
import { peerTest } from '../harness/peers/peer-test.ts';
import { run } from '../harness/peers/programs.ts';
import { makeSite } from '../harness/peers/site.ts';
import type { PlanSpec } from '../harness/plan-of.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import { echo, ok, serve } from '../harness/raw-server.ts';
import { get, post } from '../harness/requests.ts';

const text = (given: string): TemplatePart => ({ kind: 'text', text: given });
const none = { remove: [], set: [], add: [] };

const headers: HeadersConfig = {
  request: {
    remove: ['x-secret-*'],
    set: [{ name: 'X-Client', value: [{ kind: 'variable', name: 'clientAddress' }] }],
    add: [],
  },
  response: { remove: ['server'], set: [{ name: 'X-Path', value: [{ kind: 'variable', name: 'path' }] }], add: [] },
};
const rewrite: RewriteConfig = {
  prefixes: [{ from: '/app', to: '' }],
  regex: {
    match: '^/(\\d+)$',
    to: { path: [text('/small.txt')], query: [text('id='), { kind: 'capture', number: 1 }] },
    all: false,
  },
  path: undefined,
  query: undefined,
};
const redirect: RedirectConfig = {
  to: [text('https://www.example.com'), { kind: 'variable', name: 'path' }, { kind: 'variable', name: 'query' }],
  status: 308,
  match: '^/moved/',
};
const security: SecurityHeadersConfig = {
  fields: [{ name: 'X-Frame-Options', value: 'DENY' }],
  override: false,
  hideServer: true,
};
const cors: CorsConfig = {
  origins: { any: false, exact: ['https://a.example'], below: [] },
  methods: 'GET, PUT',
  headers: undefined,
  exposeHeaders: undefined,
  credentials: true,
  maxAge: 600,
  privateNetwork: false,
  rejectOthers: false,
};

function features(...middleware: readonly FeaturePlan[]): PlanSpec {
  return { routes: [{ more: { middleware } }] };
}

/** A route that leads to no server. */
function alone(...middleware: readonly FeaturePlan[]): PlanSpec {
  return { routes: [{ more: { middleware, pool: undefined } }] };
}

const fixed = (parts: Partial<Extract<RespondConfig, { kind: 'fixed' }>> = {}): FeaturePlan => ({
  name: 'respond',
  config: { kind: 'fixed', status: 200, body: 'fixed', headers: [], ...parts } satisfies RespondConfig,
});

async function siteFolder(world: World): Promise<{ config: RespondConfig; big: Buffer }> {
  const folder = path.join(await world.folder(), 'files');
  await mkdir(folder);
  const big = randomBytes(3_000_000);
  await writeFile(path.join(folder, 'index.html'), '<p>home</p>');
  await writeFile(path.join(folder, 'big.bin'), big);
  return {
    config: { kind: 'folder', folder, index: 'index.html', status: 200, fallback: undefined, headers: [] },
    big,
  };
}

peerTest('curl and nginx: fields, paths and redirects are changed on the way', ['curl', 'nginx'], async (world) => {
  const site = await makeSite(world);
  const server = await nginx(world, site);
  const middleware: FeaturePlan[] = [
    { name: 'cors', config: cors },
    { name: 'rewrite', config: rewrite },
    { name: 'headers', config: headers },
    { name: 'security-headers', config: security },
    { name: 'redirect', config: redirect },
  ];
  const proxy = await world.proxy({ servers: [server], ...features(...middleware) });
  const curl = async (...args: readonly string[]): Promise<string> =>
    (await run('curl', ['-sS', '-i', '--noproxy', '*', '--max-time', '15', ...args])).toString();
  const url = `http://${proxy.authority}`;
  const answer = await curl(`${url}/app/42`, '-H', 'Origin: https://a.example');
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.ok(answer.endsWith(`\r\n\r\n${site.small.toString()}`));
  for (const line of ['X-Frame-Options: DENY', 'X-Path: /app/42', 'Access-Control-Allow-Origin: https://a.example']) {
    assert.ok(answer.includes(`\r\n${line}\r\n`), line);
  }
  assert.doesNotMatch(answer, /\r\nserver:/i);
  assert.match(
    await curl('-X', 'OPTIONS', '-H', 'Origin: https://a.example', '-H', 'Access-Control-Request-Method: PUT', url),
    /^HTTP\/1\.1 204 /,
  );
  assert.match(
    await curl(`${url}/moved/x?y`),
    /^HTTP\/1\.1 308 [\s\S]*\r\nLocation: https:\/\/www\.example\.com\/moved\/x\?y\r\n/,
  );
  assert.match(await curl(`${url}/none`), /^HTTP\/1\.1 404 [\s\S]*\r\nX-Frame-Options: DENY\r\n/);
});

peerTest('curl gets files: whole, in parts, not again, and by HEAD', ['curl'], async (world) => {
  const { config, big } = await siteFolder(world);
  const proxy = await world.proxy(alone({ name: 'respond', config }));
  const url = `http://${proxy.authority}/big.bin`;
  const curl = (...args: readonly string[]): Promise<Buffer> =>
    run('curl', ['-sS', '--noproxy', '*', '--max-time', '15', ...args]);
  assert.ok((await curl(url)).equals(big));
  assert.ok((await curl('-r', '100-2000099', url)).equals(big.subarray(100, 2_000_100)));
  assert.ok((await curl('-r', '-5', url)).equals(big.subarray(-5)));
  const head = (await curl('-I', url)).toString();
  assert.match(head, /\r\nContent-Length: 3000000\r\n/);
  const etag = /\r\nETag: (.*)\r\n/.exec(head)![1]!;
  const again = (await curl('-i', '-H', `If-None-Match: ${etag}`, url)).toString();
  assert.match(again, /^HTTP\/1\.1 304 /);
  assert.equal(
    (await curl('--path-as-is', '-o', '/dev/null', '-w', '%{http_code}', `${url}/%2e%2e/x`)).toString(),
    '404',
  );
});

proxyTest('the server gets what the features made of the request', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(echo),
    features({ name: 'rewrite', config: rewrite }, { name: 'headers', config: headers }),
  );
  const client = await world.send(proxy, get('/app/7?a=b', 'X-Client: me\r\nX_Client: me\r\nX-Secret-A: 1\r\n'));
  const lines = textOf(await readAnswer(client)).split('\n');
  assert.equal(lines[0], 'GET /small.txt?id=7&a=b HTTP/1.1');
  assert.deepEqual(
    lines.filter((line) => /^x.(client|secret)/i.test(line)),
    ['X-Client: 127.0.0.1'],
  );
});

proxyTest(
  'answers of the proxy itself have the fields too: of a feature, of a dead server, of a refusal',
  async (world) => {
    const dead = { kind: 'unix', path: '/nonexistent/s' } as const;
    const both: FeaturePlan[] = [
      {
        name: 'rewrite',
        config: { ...rewrite, path: { path: [text('/x'), { kind: 'header', name: 'X-Way' }], query: undefined } },
      },
      { name: 'headers', config: headers },
      { name: 'security-headers', config: security },
    ];
    const proxy = await world.proxy({ servers: [dead], ...features(...both) });
    const client = await world.client(proxy);
    for (const [fields, status] of [
      ['', 502],
      ['X-Way: /../y\r\n', 400],
      ['X-Way: ..\r\n', 502],
    ] as const) {
      client.send(get('/a', fields));
      const answer = await readAnswer(client);
      assert.equal(statusOf(answer), status);
      assert.equal(valueOf(answer, 'X-Path'), '/a');
      assert.equal(valueOf(answer, 'X-Frame-Options'), 'DENY');
    }
    const missing = await world.proxy(
      alone({ name: 'headers', config: headers }, { name: 'redirect', config: redirect }),
    );
    const answer = await readAnswer(await world.send(missing, get('/none')));
    assert.deepEqual([statusOf(answer), valueOf(answer, 'X-Path')], [404, '/none']);
  },
);

proxyTest('own answers keep the connection: GET, HEAD, with a small body unread, pipelined', async (world) => {
  const proxy = await world.proxy(
    alone({ name: 'redirect', config: redirect }, fixed({ headers: [{ name: 'Content-Type', value: 'text/plain' }] })),
  );
  const client = await world.client(proxy);
  client.send(get('/moved/'));
  assert.equal(statusOf(await readAnswer(client)), 308);
  client.send(`HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n`);
  const head = await readAnswer(client, 'HEAD');
  assert.deepEqual([statusOf(head), valueOf(head, 'Content-Length'), head.body.length], [200, '5', 0]);
  client.send(post('/', 'unread'));
  assert.equal(textOf(await readAnswer(client)), 'fixed');
  client.send(get('/1') + get('/moved/2') + get('/3'));
  const statuses: number[] = [];
  for (let i = 0; i < 3; i++) statuses.push(statusOf(await readAnswer(client)));
  assert.deepEqual(statuses, [200, 308, 200]);
  assert.equal(client.ending, 'open');
});

proxyTest('a large body that nobody reads closes the connection behind the answer', async (world) => {
  const proxy = await world.proxy(alone(fixed()));
  const client = await world.send(proxy, `POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000000\r\n\r\nabc`);
  const answer = await readAnswer(client);
  assert.deepEqual([textOf(answer), valueOf(answer, 'Connection')], ['fixed', 'close']);
  assert.equal(await client.ended(), 'fin');
});

proxyTest(
  'a preflight never reaches the server, and what the server says of origins never the client',
  async (world) => {
    const said = 'Access-Control-Allow-Origin: *\r\nServer: x\r\n';
    const { proxy, server } = await world.proxyTo(
      serve(() => ok('hello', said)),
      features({ name: 'cors', config: cors }, { name: 'security-headers', config: security }),
    );
    const client = await world.client(proxy);
    const asked = (origin: string, target = '/'): string =>
      `OPTIONS ${target} HTTP/1.1\r\nHost: a.test\r\nOrigin: ${origin}\r\nAccess-Control-Request-Method: PUT\r\n\r\n`;
    client.send(asked('https://a.example'));
    const allowed = await readAnswer(client);
    assert.equal(statusOf(allowed), 204);
    assert.deepEqual(valuesOf(allowed, 'Access-Control-Allow-Origin'), ['https://a.example']);
    client.send(asked('https://evil.example', '/denied'));
    const denied = await readAnswer(client);
    assert.deepEqual([statusOf(denied), valueOf(denied, 'Vary')], [403, 'Origin']);
    assert.equal(valueOf(denied, 'X-Frame-Options'), 'DENY');
    assert.equal(server.requests.length, 0);
    client.send(get('/', 'Origin: https://evil.example\r\n'));
    const answer = await readAnswer(client);
    assert.deepEqual(valuesOf(answer, 'Access-Control-Allow-Origin'), []);
    assert.equal(valueOf(answer, 'Server'), undefined);
    proxy.expectLine({ path: '/denied', status: 403, reason: 'origin-denied' });
  },
);

proxyTest('files go out over one connection, to a client that is slow, and to one that leaves', async (world) => {
  const { config, big } = await siteFolder(world);
  const proxy = await world.proxy(alone({ name: 'respond', config }));
  const client = await world.client(proxy);
  for (const [target, status] of [
    ['/', 200],
    ['/none', 404],
    ['/.git/config', 404],
  ] as const) {
    client.send(get(target));
    assert.equal(statusOf(await readAnswer(client)), status, target);
  }
  const second = await world.send(proxy, get('/big.bin') + get('/'));
  assert.ok((await readAnswer(second)).body.equals(big));
  assert.equal(textOf(await readAnswer(second)), '<p>home</p>');
  second.send(post('/', 'x'));
  const refused = await readAnswer(second);
  assert.deepEqual([statusOf(refused), valueOf(refused, 'Allow')], [405, 'GET, HEAD']);
  const leaving = await world.send(proxy, get('/big.bin'));
  await leaving.takeBytes(1000);
  leaving.reset();
});

proxyTest('a reload changes what features do, and leaves those that are equal', async (world) => {
  const { proxy, server } = await world.proxyTo(
    serve(() => ok()),
    features({ name: 'headers', config: headers }),
  );
  const client = await world.send(proxy, get('/'));
  assert.equal(valueOf(await readAnswer(client), 'X-Path'), '/');
  const other: HeadersConfig = { request: none, response: { ...none, set: [{ name: 'X-New', value: [text('1')] }] } };
  await proxy.apply({ servers: [server], ...features({ name: 'headers', config: other }) });
  client.send(get('/'));
  const answer = await readAnswer(client);
  assert.deepEqual([valueOf(answer, 'X-Path'), valueOf(answer, 'X-New')], [undefined, '1']);
});
