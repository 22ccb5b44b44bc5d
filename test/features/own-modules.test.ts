// Modules of people's own: imported by each data thread, taken up anew where their file has changed, refused where they cannot run.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import { ConfigRefused, createProxy, type Proxy, type ProxyConfig, type ReloadResult } from '../../src/index.ts';
import { until } from '../harness/until.ts';

interface Site {
  readonly folder: string;
  readonly messages: string[];
  readonly proxy: Proxy;
  config(middleware: unknown): ProxyConfig;
  write(name: string, text: string): Promise<void>;
  ask(path?: string): Promise<Response>;
}

async function site(t: TestContext, threads: number, ...middleware: readonly unknown[]): Promise<Site> {
  const folder = await mkdtemp(path.join(tmpdir(), 'postern-modules-'));
  const server = http.createServer((request, response) => response.end(JSON.stringify(request.headers)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const messages: string[] = [];
  const note = (level: string) => (message: string) => void messages.push(`${level} ${message}`);
  const log = { debug() {}, info: note('info'), warn: note('warn'), error: note('error') };
  const config = (given: unknown): ProxyConfig =>
    ({
      listeners: { web: { address: '127.0.0.1:0' } },
      accessLog: false,
      routes: [{ to, middleware: given }],
    }) as never;
  const proxy = createProxy(config(middleware), { threads, log, folder });
  t.after(async () => {
    await proxy.close({ now: true });
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const write = (name: string, text: string): Promise<void> => writeFile(path.join(folder, name), text);
  const ask = (at = '/'): Promise<Response> =>
    fetch(`http://${proxy.listeners[0]!.address}${at}`, { headers: { connection: 'close' } });
  return { folder, messages, proxy, config, write, ask };
}

function outcome(result: ReloadResult): [ok: boolean, changed: boolean] {
  return [result.ok, result.ok && result.changed];
}

const stamping = (stamp: string): string => `
  import { defineMiddleware, type UserExchange } from 'postern';
  export default defineMiddleware({
    create(options: { who?: string }, { log, signal }) {
      log.info('begins ${stamp}');
      signal.addEventListener('abort', () => log.info('ends ${stamp}'));
      return async (exchange: UserExchange, next) => {
        exchange.headers.set('X-Who', options.who ?? 'nobody');
        const response = await next();
        response.headers.set('X-Stamp', '${stamp}');
        return response;
      };
    },
  });`;

void test('a module in TypeScript runs in each of two threads, and a reload takes up its new content', async (t) => {
  const { proxy, write, ask, messages } = await site(t, 2, { module: { file: './own.ts', options: { who: 'anna' } } });
  await write('own.ts', stamping('one'));
  await proxy.start();
  const response = await ask();
  assert.equal(response.headers.get('X-Stamp'), 'one');
  assert.equal(((await response.json()) as Record<string, string>)['x-who'], 'anna');
  const begins = (): number => messages.filter((message) => message === 'info begins one').length;
  await until('both threads to begin', () => begins() >= 2);
  assert.equal(begins(), 2);
  assert.deepEqual(outcome(await proxy.reload()), [true, false]);

  await write('own.ts', stamping('two'));
  const reloaded = await proxy.reload();
  assert.ok(reloaded.ok && reloaded.changed);
  for (let i = 0; i < 6; i++) assert.equal((await ask()).headers.get('X-Stamp'), 'two');
  await until('the end of the first', () => messages.filter((message) => message === 'info ends one').length === 2);

  for (const [text, why] of [
    ['export const other = 1;', /it has no export "default"/],
    ['export default 5;', /its export "default" is a number/],
    ['export default (;', /SyntaxError: .*\(own\.ts, line 1\); correct the program/],
    ["import './missing.ts';", /Cannot find module .*missing\.ts/],
    ["throw new Error('not today'); export {};", /Error: not today \(own\.ts, line 1\)/],
    ["export default { create() { throw new Error('no licence'); } };", /its create\(\) failed: Error: no licence/],
    ['export default { create() {} };', /its create\(\) gave no function/],
    ['export default async () => ({});', /it takes no options; export defineMiddleware/],
  ] as const) {
    await write('own.ts', text);
    const refused = await proxy.reload();
    assert.ok(!refused.ok, text);
    assert.match(refused.problems[0]!.message, /^Cannot use the middleware \.\/own\.ts: /);
    assert.match(refused.problems[0]!.message, why);
    assert.equal((await ask()).headers.get('X-Stamp'), 'two', 'the one before stays in force');
  }
  assert.equal(messages.filter((message) => message === 'info ends two').length, 0);
});

void test('a module may be an export of a name, and stand beside others of the same file', async (t) => {
  const { proxy, write, ask } = await site(
    t,
    0,
    { module: { file: 'both.mjs', export: 'one' } },
    { module: { file: 'both.mjs', export: 'two' } },
  );
  await write(
    'both.mjs',
    `export const one = async (_, next) => { const r = await next(); r.headers.append('X-By', 'one'); };
     export const two = async (_, next) => { const r = await next(); r.headers.append('X-By', 'two'); };`,
  );
  await proxy.start();
  assert.equal((await ask()).headers.get('X-By'), 'two, one');
});

void test('what cannot be a module is refused with its place in the config', async (t) => {
  for (const [middleware, why] of [
    [
      './own.txt',
      /Cannot use the middleware ".\/own\.txt": it is no ES module by its name, name a file that ends in \.ts/,
    ],
    [{ file: './own.ts', timeout: '1ms' }, /timeout/],
    ['function:1', /functions cannot be sent to data threads/],
  ] as const) {
    const { proxy } = await site(t, 0, { module: middleware });
    await assert.rejects(proxy.start(), (error: unknown) => {
      assert.ok(error instanceof ConfigRefused);
      assert.match(error.message, why);
      return true;
    });
  }
});

void test('a function is refused where there are data threads', async (t) => {
  const { proxy } = await site(t, 2, async () => ({ status: 204 }));
  await assert.rejects(proxy.start(), /Cannot use a function as middleware here: .*name that, .*or use threads: 0/);
});

void test('functions stay over a reload that has the same ones, and change with it', async (t) => {
  const one = async (): Promise<{ body: string }> => ({ body: 'one' });
  const { proxy, ask, config } = await site(t, 0, one);
  await proxy.start();
  assert.deepEqual(outcome(await proxy.reload(config([one]))), [true, false]);
  assert.ok((await proxy.reload(config([async () => ({ body: 'two' })]))).ok);
  assert.equal(await (await ask()).text(), 'two');
  assert.equal((await proxy.reload(config([one, { nonsense: {} }]))).ok, false);
  assert.equal(await (await ask()).text(), 'two');
  const { end, notes } = await proxy.explain({ method: 'GET', url: 'http://a.test/', headers: [] });
  assert.equal(end.kind, 'server');
  assert.match(notes.find(({ by }) => by === 'module')!.what, /it is not run here/);
});

void test('time is up for a middleware that hangs, before and behind the server; a forgotten promise ends no thread', async (t) => {
  const { proxy, write, ask, messages } = await site(t, 1, {
    module: { file: './slow.mjs', timeout: '50ms', bodyTimeout: '50ms' },
  });
  await write(
    'slow.mjs',
    `async function forgotten() { throw new Error('forgotten'); }
     const never = () => new Promise(() => {});
     export default async (exchange, next) => {
       if (exchange.path === '/forgets') void forgotten();
       if (exchange.path === '/before') await never();
       const response = await next();
       if (exchange.path === '/behind') await never();
       if (exchange.path === '/body') return { body: (async function* () { yield 'a part'; await never(); })() };
     };`,
  );
  await proxy.start();
  for (const name of ['/before', '/behind']) {
    const response = await ask(name);
    assert.equal(response.status, 504, name);
    assert.equal(((await response.json()) as { error: string }).error, 'middleware-timeout');
  }
  await assert.rejects((await ask('/body')).text());
  assert.equal((await ask('/forgets')).status, 200);
  await until('a message', () => messages.some((message) => /nobody waited for it: forgotten/.test(message)));
  assert.equal((await ask('/')).status, 200);
  assert.deepEqual(
    (await proxy.status()).threads.map(({ replaced }) => replaced),
    [0],
  );
});
