import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { ConfigRefused } from './control/config-refused.ts';
import { createProxy, type Proxy } from './create-proxy.ts';
import { defineConfig } from './define-config.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

async function origin(t: TestContext, name: string): Promise<string> {
  const server = http.createServer((_, response) => response.end(name)).listen(0, '127.0.0.1');
  await new Promise((resolve) => void server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Without an idle connection that would have to be waited for. */
async function ask(proxy: Proxy): Promise<string> {
  const response = await fetch(`http://${proxy.listeners[0]!.address}/x`, { headers: { connection: 'close' } });
  return await response.text();
}

const configFor = (to: string) =>
  defineConfig({ listeners: { web: { address: '127.0.0.1:0' } }, accessLog: false, routes: [{ name: 'all', to }] });

void test('two proxies in one process serve, reload and explain, and share nothing', async (t) => {
  const [one, two] = [await origin(t, 'one'), await origin(t, 'two')];
  const signals = process.listenerCount('SIGTERM') + process.listenerCount('uncaughtException');
  const first = createProxy(configFor(one), { log });
  const second = createProxy(configFor(two), { log });
  t.after(() => Promise.all([first.close({ now: true }), second.close({ now: true })]));
  await first.start();
  await second.start();
  assert.deepEqual([await ask(first), await ask(second)], ['one', 'two']);
  assert.equal(process.listenerCount('SIGTERM') + process.listenerCount('uncaughtException'), signals);
  assert.match(await first.metrics(), /postern_route_requests_total\{route="all",class="2xx"\} 1\n/);

  const address = first.listeners[0]!.address;
  const result = await first.reload(configFor(two));
  assert.ok(result.ok && result.changed);
  assert.equal(first.listeners[0]!.address, address);
  assert.equal(await ask(first), 'two');
  const { end } = await first.explain({ method: 'GET', url: 'http://a.test/y', headers: [] });
  assert.deepEqual(end, { kind: 'server', pool: two, server: two });
  assert.match(await second.metrics(), /postern_route_requests_total\{route="all",class="2xx"\} 1\n/);
  await first.close();
  assert.equal(await ask(second), 'two');
  assert.deepEqual(first.listeners, []);
});

void test('a config with mistakes is refused, and the one in force stays', async (t) => {
  const bad = createProxy(configFor('nowhere'), { log });
  await assert.rejects(bad.start(), (error: unknown) => {
    assert.ok(error instanceof ConfigRefused);
    assert.match(error.message, /^config: routes\[0\]\.to: Cannot find the pool "nowhere"/m);
    return true;
  });
  await bad.close();
  const one = await origin(t, 'one');
  const proxy = createProxy(configFor(one), { log });
  t.after(() => proxy.close({ now: true }));
  await assert.rejects(createProxy(configFor(one)).reload(), /not started/);
  await proxy.start();
  assert.equal((await proxy.reload(configFor('nowhere'))).ok, false);
  assert.deepEqual(await proxy.reload(), { ok: true, changed: false, warnings: [], disabled: [] });
  assert.equal(await ask(proxy), 'one');
  const { end } = await proxy.explain({ method: 'GET', url: 'http://a.test/', headers: [] });
  assert.deepEqual(end, { kind: 'server', pool: one, server: one });
  await assert.rejects(proxy.start(), /started already/);
});

void test('explain() knows what a check has found out, and where it stands in the file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-embedded-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'postern.yaml');
  await writeFile(
    file,
    `listeners: { web: { address: "127.0.0.1:0" } }
accessLog: false
routes: [{ to: app }]
pools:
  app: { servers: ["http://127.0.0.1:1"], health: { type: tcp, every: 1s, fastEvery: 100ms, fall: 1 } }
`,
  );
  const proxy = createProxy(file, { log });
  t.after(() => proxy.close({ now: true }));
  await proxy.start();
  const question = { method: 'GET', url: 'http://a.test/', headers: [] };
  let explained = await proxy.explain(question);
  for (const end = Date.now() + 10_000; explained.end.kind === 'server' && Date.now() < end;)
    explained = await proxy.explain(question);
  assert.equal(explained.end.kind, 'refused', JSON.stringify(explained.end));
  assert.equal(explained.places?.pools['app'], `${file}:5`);
});

void test('a route whose folder is missing is disabled alone, until the folder is there', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-embedded-'));
  t.after(() => rm(folder, { recursive: true }));
  const routes = [{ name: 'files', path: '/', middleware: [{ respond: { folder: 'site' } }] }];
  const listeners = { web: { address: '127.0.0.1:0' } };
  const proxy = createProxy({ listeners, accessLog: false, routes }, { log, folder });
  t.after(() => proxy.close({ now: true }));
  await proxy.start();
  assert.match(await ask(proxy), /"error":"route-disabled"/);
  const [part] = (await proxy.status()).disabled;
  assert.equal(part!.reason, 'Cannot use the folder "site": there is no such file');
  await mkdir(join(folder, 'site'));
  await writeFile(join(folder, 'site', 'x'), 'hello');
  for (let i = 0; i < 500 && (await ask(proxy)) !== 'hello'; i++) await pause(20);
  assert.equal(await ask(proxy), 'hello');
  assert.deepEqual((await proxy.status()).disabled, []);
});
