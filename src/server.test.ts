import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { planFromCommand } from './control/config/from-command.ts';
import { ConfigRefused } from './control/config-refused.ts';
import type { RunningPostern } from './control/running-postern.ts';
import type { Logger } from './core/log.ts';
import { ProxyError } from './core/errors.ts';
import { startPostern, type PosternOptions } from './server.ts';

const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function origin(t: TestContext, name: string): Promise<string> {
  const server = createServer((_, response) => response.end(name));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A config that can be turned: `to` is read again by each reload. Nothing is written to standard output. */
async function started(t: TestContext, site: { to: string }, more: Partial<PosternOptions> = {}) {
  const postern = await startPostern({
    config: async (env) => {
      const loaded = await planFromCommand('127.0.0.1:0', [site.to], env);
      return loaded.ok ? { ...loaded, plan: { ...loaded.plan, accessLog: undefined } } : loaded;
    },
    threads: 0,
    log: quiet,
    ...more,
  });
  t.after(() => postern.stop({ now: true }));
  return postern;
}

async function ask(postern: RunningPostern): Promise<string> {
  const outgoing = request(`http://${postern.listeners[0]!.address}/`, { agent: false }).end();
  const [response] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer>];
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

test('two Posterns in one process share nothing', async (t) => {
  const one = await started(t, { to: await origin(t, 'one') });
  const two = await started(t, { to: await origin(t, 'two') });
  assert.equal(await ask(one), 'one');
  assert.equal(await ask(two), 'two');
  await one.stop();
  assert.equal(await ask(two), 'two');
  assert.equal(one.phase, 'stopped');
  await one.stopped;
});

test('a reload puts the new config in force, an equal one does nothing', async (t) => {
  const site = { to: await origin(t, 'one') };
  const postern = await started(t, site);
  assert.deepEqual(await postern.reload(), { ok: true, changed: false, warnings: [], disabled: [] });
  site.to = await origin(t, 'two');
  const result = await postern.reload();
  assert.ok(result.ok && result.changed);
  assert.deepEqual(result.report?.changes.listeners, { added: [], removed: [], changed: [], kept: 1 });
  assert.equal(result.report.changes.routes.changed.length, 1);
  assert.equal(result.report.kept?.tunnels, 0);
  assert.equal(await ask(postern), 'two');
});

test('a config that is refused changes nothing and says why', async (t) => {
  const site = { to: await origin(t, 'one') };
  const postern = await started(t, site);
  site.to = 'ftp://127.0.0.1/';
  const result = await postern.reload();
  assert.equal(result.ok, false);
  assert.ok(!result.ok && result.why === 'refused' && result.problems.length > 0);
  assert.equal(await ask(postern), 'one');
  assert.equal((await postern.status()).config.lastFailure?.problems.length, result.problems.length);
});

test('a start with a bad config is refused with all its problems', async (t) => {
  const error = await started(t, { to: 'ftp://127.0.0.1/' }).catch((e: unknown) => e);
  assert.ok(error instanceof ConfigRefused);
  assert.match(error.message, /^--to: /);
});

test('a start whose port is in use leaves nothing running', async (t) => {
  const taken = new URL(await origin(t, 'other')).port;
  const failed = started(
    t,
    { to: 'http://127.0.0.1:1' },
    { config: async (env) => planFromCommand(`127.0.0.1:${taken}`, ['http://127.0.0.1:1'], env) },
  );
  await assert.rejects(failed, (error) => error instanceof ProxyError && error.code === 'listen-failed');
});

test('a name is resolved before the first request: localhost needs no DNS', async (t) => {
  const url = new URL(await origin(t, 'one'));
  const postern = await started(t, { to: `http://localhost:${url.port}` });
  assert.equal(await ask(postern), 'one');
  assert.deepEqual((await postern.status()).names, [
    { name: 'localhost', addresses: ['127.0.0.1', '::1'], source: 'localhost', failure: undefined },
  ]);
});

test('reloads and a stop at the same time end well', async (t) => {
  const site = { to: await origin(t, 'one') };
  const postern = await started(t, site);
  site.to = await origin(t, 'two');
  const reloads = [postern.reload(), postern.reload(), postern.reload()];
  await postern.stop();
  for (const result of await Promise.all(reloads)) if (!result.ok) assert.equal(result.why, 'failed');
  assert.equal(postern.phase, 'stopped');
});
