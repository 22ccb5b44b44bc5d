import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

import { z } from 'zod';

import { endpoints, type EndpointKey } from '../../src/control/admin/endpoints.ts';
import { problemsSchema } from '../../src/control/admin/status-schema.ts';
import { needing } from '../harness/peers/needing.ts';
import { freePort } from '../harness/free-port.ts';
import { addressOf, folderFor, origin, run, start, until } from './command.ts';

const { test } = needing('curl');

const token = 'correct-horse-battery';
const bearer = ['-H', `Authorization: Bearer ${token}`];
const json = ['-H', 'Content-Type: application/json'];

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** What curl gets. @param where `--unix-socket PATH`, or nothing. */
async function curl(cwd: string, ...args: readonly string[]): Promise<Answer> {
  const { stdout } = await promisify(execFile)('curl', ['-s', '-i', '--noproxy', '*', '-m', '60', ...args], { cwd });
  const end = stdout.lastIndexOf('\r\n\r\n');
  const head = stdout.slice(0, end);
  // Before the answer there may be a 100 Continue.
  return { status: Number(/.*HTTP\/1\.1 (\d{3})/s.exec(head)?.[1]), head, body: stdout.slice(end + 4) };
}

interface Site {
  readonly cwd: string;
  readonly port: number;
  readonly url: string;
  write(yaml: string): void;
  /** Over the control socket; the body has to be what its schema says. */
  ask(key: EndpointKey, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Over TCP. */
  tcp(path: string, ...args: readonly string[]): Promise<Answer>;
}

/** A Postern with two threads, a route to a server, and one to nowhere. */
async function siteOf(t: TestContext, admin: string, host = '127.0.0.1'): Promise<Site> {
  const server = await origin(t, 'one');
  const cwd = folderFor(t);
  const port = await freePort();
  writeFileSync(join(cwd, 'token'), `${token}\n`);
  chmodSync(join(cwd, 'token'), 0o600);
  const write = (yaml: string): void => writeFileSync(join(cwd, 'postern.yaml'), yaml);
  write(configOf(server.url, `{ socket: ctl.sock, listen: "${host}:${port}"${admin} }`));
  const running = start(t, ['run'], { cwd, env: { HOST: 'shop-secret.test', KEY: 'key-secret' } });
  const url = await addressOf(running);
  const tcp = async (path: string, ...args: readonly string[]): Promise<Answer> =>
    await curl(cwd, ...args, `http://127.0.0.1:${port}${path}`);
  const open = async (): Promise<true | undefined> =>
    (await tcp('/-/ready').catch(() => undefined))?.status === 200 ? true : undefined;
  await until(open, () => 'the address of the admin API');
  return { cwd, port, url, write, tcp, ask: (key, body) => askChecked(cwd, key, body) };
}

/** With fewer connections than any limit of open files allows: else each preview warns of that. */
function configOf(server: string, admin: string): string {
  return `listeners: { web: { address: "127.0.0.1:0" } }
admin: ${admin}
threads: 2
accessLog: false
routes:
  - { name: shop, host: "\${HOST}", to: app, middleware: [{ headers: { request: { set: { X-Key: "\${KEY}" } } } }] }
  - { name: open, path: /open/, to: app }
  - { name: dead, path: /dead/, to: "http://127.0.0.1:1" }
pools: { app: { servers: ["${server}"] } }
connections: { total: 300 }
`;
}

async function askChecked(
  cwd: string,
  key: EndpointKey,
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const [method = '', path = ''] = key.split(' ');
  writeFileSync(join(cwd, 'body'), JSON.stringify(body) ?? '');
  const data = body === undefined ? [] : [...json, '-d', '@body'];
  const got = await curl(cwd, '--unix-socket', 'ctl.sock', '-X', method, ...data, `http://postern${path}`);
  const parsed: unknown = JSON.parse(got.body);
  const schema: z.ZodType | 'text' = endpoints[key].answers[got.status] ?? problemsSchema;
  assert.ok(schema !== 'text');
  // What a schema does not name is dropped by it: so nothing is in an answer that is not in its schema.
  assert.deepEqual(schema.parse(parsed), parsed, `${key} ${got.status}`);
  return { status: got.status, body: parsed as Record<string, unknown> };
}

test('every list is as its schema says, with places and counts', async (t) => {
  const { url, ask } = await siteOf(t, '');
  for (const path of ['/open/a', '/open/b', '/dead/x']) await (await fetch(url + path)).arrayBuffer();
  const counts = async (): Promise<Record<string, unknown>[] | undefined> => {
    const routes = (await ask('GET /api/v1/routes')).body['routes'] as Record<string, Record<string, number>>[];
    return routes[1]?.['counted']?.['requests'] === 2 && routes[2]?.['counted']?.['requests'] === 1
      ? routes
      : undefined;
  };
  const routes = await until(counts, () => 'the last request');
  assert.deepEqual(
    routes.map(({ name, at, hosts, pool, middleware }) => ({ name, at, hosts, pool, middleware })),
    [
      { name: 'shop', at: './postern.yaml:6', hosts: ['***'], pool: 'app', middleware: ['headers'] },
      { name: 'open', at: './postern.yaml:7', hosts: ['*'], pool: 'app', middleware: [] },
      { name: 'dead', at: './postern.yaml:8', hosts: ['*'], pool: 'http://127.0.0.1:1', middleware: [] },
    ],
  );
  assert.deepEqual((routes[2]!['counted'] as { byStatus: unknown }).byStatus, {
    ...{ none: 0, '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 1 },
  });
  const first = async (key: EndpointKey, list: string): Promise<Record<string, unknown>> =>
    ((await ask(key)).body[list] as Record<string, unknown>[])[0]!;
  const web = await first('GET /api/v1/listeners', 'listeners');
  assert.deepEqual([web['name'], web['at'], web['scheme'], web['routes']], ['web', './postern.yaml:1', 'http', 3]);
  const app = await first('GET /api/v1/pools', 'pools');
  assert.deepEqual([app['at'], app['routes'], app['requests']], ['./postern.yaml:9', ['shop', 'open'], 2]);
  const server = await first('GET /api/v1/servers', 'servers');
  assert.deepEqual([server['pool'], server['failures'], server['requests']], ['app', 0, 2]);
  assert.deepEqual((await ask('GET /api/v1/certificates')).body, { certificates: [] });
  assert.equal((await first('GET /api/v1/threads', 'threads'))['name'], 'data-1');
  for (const key of ['GET /api/v1/status', 'GET /-/healthy', 'GET /-/ready', 'GET /api/v1/openapi.json'] as const) {
    assert.equal((await ask(key)).status, 200);
  }
});

test('the config that runs is shown with its defaults, as it was when it was loaded, and without its secrets', async (t) => {
  const { ask, write } = await siteOf(t, ', tokenFile: token');
  write('nonsense: true\n');
  const { body } = await ask('GET /api/v1/config');
  const yaml = String(body['yaml']);
  assert.match(yaml, /^ {2}- name: shop # \.\/postern\.yaml:6$/m);
  assert.match(yaml, /host: "\*\*\*"/);
  assert.match(yaml, /^threads: 2 # \.\/postern\.yaml:3$/m);
  assert.match(yaml, /^grace: 30s # default$/m);
  assert.doesNotMatch(yaml, /secret\.test|key-secret|horse/);
  assert.equal(body['from'], './postern.yaml');
});

test('explain asks a data thread about the config that runs', async (t) => {
  const { ask, cwd } = await siteOf(t, '');
  const question = { url: 'http://shop-secret.test/cart', headers: { accept: ['a/b', 'c/d'] }, from: '10.1.2.3' };
  const { status, body } = await ask('POST /api/v1/explain', question);
  assert.equal(status, 200);
  const { end, places, notes } = body as Record<string, Record<string, unknown>>;
  assert.equal(end!['pool'], 'app');
  assert.deepEqual((places as { routes: unknown }).routes, {
    shop: './postern.yaml:6',
    open: './postern.yaml:7',
    dead: './postern.yaml:8',
  });
  const all = JSON.stringify(notes);
  assert.match(all, /Accept: a\/b|accept: a\/b/);
  assert.match(all, /X-Key: \*\*\*/);
  assert.doesNotMatch(JSON.stringify(body), /secret/);
  const wrong: readonly unknown[] = [
    {},
    { url: 'shop.test' },
    { url: 'http://a.test/', from: 'nobody' },
    { url: 'http://a.test/', headers: { x: 'a\r\nb: c' } },
    { url: 'http://a.test/', listener: 'none' },
    { url: 'http://a.test/', method: 'GET', more: 1 },
    { url: 'x'.repeat(20_000) },
    ['http://a.test/'],
  ];
  for (const each of wrong) assert.equal((await ask('POST /api/v1/explain', each)).status, 400, JSON.stringify(each));
  assert.equal((await ask('POST /api/v1/explain', { id: 'no-such-request' })).status, 404);

  // The command asks the same one, and says so.
  const { stdout } = await run(t, ['explain', 'GET', 'http://shop-secret.test/', '-H', 'Accept: x/y'], { cwd });
  assert.match(
    stdout,
    /^By the config that runs: \.\/postern\.yaml, loaded \d{4}-.*Z\n\nGET http:\/\/\*\*\*\/\ncomes in by listener web/,
  );
  assert.match(stdout, /^would go to http:\/\/127\.0\.0\.1:\d+ of pool app/m);
  const refused = await run(t, ['explain', 'GET', 'https://shop.test/'], { cwd });
  assert.match(refused.stderr, /^postern: Cannot tell which listener is meant: none speaks https/);
  assert.equal(refused.code, 2);
});

test('preview says what a reload would change, and changes nothing', async (t) => {
  const { ask, cwd, write, port } = await siteOf(t, '');
  const next = configOf('http://127.0.0.1:9', `{ socket: ctl.sock, listen: "127.0.0.1:${port}" }`).replace(
    'open, path',
    'other, path',
  );
  const same = await ask('POST /api/v1/preview');
  assert.equal(same.body['changed'], false);
  const sent = await ask('POST /api/v1/preview', { config: next });
  const { routes, pools } = sent.body['changes'] as Record<string, Record<string, unknown>>;
  assert.deepEqual([routes!['added'], routes!['removed'], routes!['kept']], [['other'], ['open'], 2]);
  assert.deepEqual([pools!['changed'], pools!['kept']], [['app'], 1]);
  write(next);
  assert.deepEqual((await ask('POST /api/v1/preview')).body['changes'], sent.body['changes']);
  assert.deepEqual((await ask('POST /api/v1/preview', { path: join(cwd, 'postern.yaml') })).body, sent.body);
  const { stdout } = await run(t, ['preview'], { cwd });
  assert.match(
    stdout,
    /^By the config that runs: [^]*adds +route +other\n[^]*removes +route +open\n[^]*changes +pool +app\n/,
  );
  const bad = await ask('POST /api/v1/preview', { config: `${next}nonsense: 1\n` });
  assert.equal(bad.status, 422);
  const names = ((await ask('GET /api/v1/routes')).body['routes'] as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(names, ['shop', 'open', 'dead'], 'nothing was changed by it');
  const wrong: readonly unknown[] = [
    { path: 'relative' },
    { path: '/a', config: 'b' },
    { other: 1 },
    'text',
    { config: 7 },
  ];
  for (const each of wrong) assert.equal((await ask('POST /api/v1/preview', each)).status, 400, JSON.stringify(each));
  assert.equal((await ask('POST /api/v1/preview', { config: 'x'.repeat(3_000_000) })).status, 413);
});

test('over TCP without a token everything can be read but the config, and nothing can be done', async (t) => {
  const { tcp } = await siteOf(t, '');
  for (const path of ['/metrics', '/api/v1/status', '/api/v1/routes', '/api/v1/openapi.json', '/-/ready?x=1']) {
    assert.equal((await tcp(path)).status, 200, path);
  }
  assert.equal((await tcp('/api/v1/config')).status, 404);
  for (const name of ['reload', 'explain', 'preview', 'stop', 'upgrade', 'hand-over', 'retire', 'give-up']) {
    assert.equal((await tcp(`/api/v1/${name}`, '-X', 'POST')).status, 404, name);
  }
  assert.equal((await tcp('/metrics', '-H', 'Host: evil.test')).status, 403);
  assert.equal((await tcp('/metrics', '-H', 'Origin: https://evil.test')).status, 403);
  assert.equal((await tcp('/api/v1/status', '-X', 'DELETE')).status, 405);
  assert.match((await tcp('/api/v1/status', '-X', 'OPTIONS')).head, /\r\nallow: GET, HEAD\r\n/i);
  assert.equal((await tcp('/api/v1/status?x=1')).status, 400);
  const head = await tcp('/api/v1/threads', '--head');
  assert.deepEqual([head.status, head.body], [200, '']);
  assert.doesNotMatch(head.head, /access-control/i);
});

test('over TCP the token lets in: to reload, explain and preview, but not to stop', async (t) => {
  const { tcp, ask } = await siteOf(t, ', tokenFile: token, hosts: [admin.test]');
  assert.equal((await tcp('/-/healthy')).status, 200);
  const none = await tcp('/api/v1/status');
  assert.equal(none.status, 401);
  assert.match(none.head, /www-authenticate: Bearer realm="postern"/i);
  assert.equal((await tcp('/nothing')).status, 401);
  assert.equal((await tcp('/api/v1/status', ...bearer)).status, 200);
  assert.equal((await tcp('/api/v1/status', ...bearer, '-H', 'Host: admin.test')).status, 200);
  assert.equal((await tcp('/api/v1/status', ...bearer, '-H', 'Host: evil.test')).status, 403);
  assert.equal((await tcp('/api/v1/status', ...bearer, '-H', 'Origin: http://admin.test')).status, 403);
  assert.equal((await tcp('/api/v1/config', ...bearer)).status, 200);
  assert.equal((await tcp('/api/v1/reload', ...bearer, '-X', 'POST')).status, 200);
  const question = JSON.stringify({ url: 'http://a.test/open/' });
  assert.equal((await tcp('/api/v1/explain', ...bearer, '-d', question)).status, 415, 'a form');
  assert.equal((await tcp('/api/v1/explain', ...bearer, ...json, '-d', question)).status, 200);
  assert.equal((await tcp('/api/v1/explain', ...bearer, ...json, '-d', '{')).status, 400);
  assert.equal((await tcp('/api/v1/preview', ...bearer, '-X', 'POST')).status, 200);
  assert.equal((await tcp('/api/v1/preview', ...bearer, ...json, '-d', '{"path":"/etc/hostname"}')).status, 403);
  const including = await tcp('/api/v1/preview', ...bearer, ...json, '-d', '{"config":"include: [/etc/hostname]"}');
  assert.equal(including.status, 422);
  assert.match(including.body, /Cannot include files in a config that is not a file itself/);
  for (const name of ['stop', 'upgrade', 'hand-over', 'retire', 'give-up']) {
    assert.equal((await tcp(`/api/v1/${name}`, ...bearer, '-X', 'POST')).status, 404, name);
  }
  for (let i = 0; i < 10; i++) {
    assert.equal((await tcp('/metrics', '-H', `Authorization: Bearer wrong-guess-${i}`)).status, 401);
  }
  const late = await tcp('/metrics', ...bearer);
  assert.equal(late.status, 429);
  assert.match(late.head, /retry-after: \d+/i);
  assert.equal((await ask('GET /api/v1/status')).status, 200, 'the control socket asks for no token');
});

test('who is slow, sends too much or nonsense is answered and let go, and others go on', async (t) => {
  const { port, tcp } = await siteOf(t, ', tokenFile: token', '');
  const head = `POST /api/v1/preview HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
  const answerTo = async (bytes: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(bytes);
    return await text(socket).catch(() => '');
  };
  const slow = [
    answerTo('GET /metrics HTT'),
    answerTo(`${head}Content-Length: 100\r\n\r\n{`),
    answerTo(`${head}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`),
  ];
  assert.match(await answerTo('nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(
    await answerTo(`GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 /,
  );
  assert.match(await answerTo('GET /metrics HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(
    await answerTo(`${head}Connection: close\r\nContent-Length: 2500000\r\n\r\n${'x'.repeat(2_500_000)}`),
    /^HTTP\/1\.1 413 /,
  );
  assert.equal((await tcp('/metrics', ...bearer)).status, 200);
  for (const answer of await Promise.all(slow)) assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.equal((await tcp('/-/healthy')).status, 200);
});
