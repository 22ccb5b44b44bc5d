import assert from 'node:assert/strict';

import { askHttp } from '../../harness/ask.ts';
import type { PoolSpec } from '../../harness/plan-of.ts';
import { proxyTest, type World } from '../../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../../harness/proxy-under-test.ts';
import { RawH2Server, type RawH2ServerConnection } from '../raw/raw-h2-server.ts';
import type { ClientMust } from './client-must.ts';
import { frameMusts } from './frames.ts';
import { messageMusts } from './messages.ts';

/** Cases that run side by side, each with a server of its own. */
const TOGETHER = 20;

/** Does as the case says with the first request of all, and answers every other one. */
async function serve(must: ClientMust, connection: RawH2ServerConnection, server: RawH2Server): Promise<void> {
  let next = 0;
  if (server.connections.length === 1) {
    if (must.warm === true) connection.answer(await connection.stream(next++), 'ok');
    if (must.greets === false) await must.serve(connection, 1);
    else await must.serve(connection, await connection.stream(next++));
  } else if (must.greets === false) connection.settings();
  for (;;) connection.answer(await connection.stream(next++), 'ok');
}

/** That a connection ends is no failure of a case: what a case itself finds wrong is. */
async function startServer(world: World, must: ClientMust): Promise<RawH2Server> {
  const settings = must.greets === false ? false : must.settings;
  const server = await RawH2Server.start(
    async (connection, own) => {
      await serve(must, connection, own).catch((error: unknown) => {
        if (connection.ending === 'open') throw error;
      });
    },
    { ...(settings === undefined ? {} : { settings }), credit: must.credit ?? true },
  );
  world.after(() => server.stop());
  return server;
}

async function judge(
  must: ClientMust,
  path: string,
  site: { proxy: ProxyUnderTest; server: RawH2Server },
): Promise<void> {
  const { proxy, server } = site;
  const { see, request = { method: 'GET' } } = must;
  if (must.warm === true) await askHttp(proxy.port(), { path: `${path}before` });
  const answer = await askHttp(proxy.port(), { path, method: request.method }, request.body);
  const connection = await server.connection(0);
  if (see.broken === true) assert.ok(answer.broken, 'the answer must break off');
  else assert.equal(answer.status, see.status ?? 200);
  if (see.goaway !== undefined) await connection.expect('Goaway', { code: see.goaway });
  if (see.reset !== undefined) await connection.expect('RstStream', { id: 1, code: see.reset });
  const ends = see.goaway !== undefined || see.closed === true;
  if (ends) await connection.closed();
  await see.check?.(connection, answer);
  assert.equal((await askHttp(proxy.port(), { path: `${path}again` })).body.toString(), 'ok');
  assert.equal(server.connections.length, ends ? 2 : 1, 'connections');
  assert.deepEqual(server.failures, []);
  if (see.reason !== undefined) proxy.expectLine({ path, reason: see.reason });
}

function group(name: string, musts: readonly ClientMust[]): void {
  proxyTest(`a server that breaks a rule of HTTP/2, or asks for one: ${name}`, async (world) => {
    const servers = await Promise.all(musts.map((must) => startServer(world, must)));
    const pools: Record<string, PoolSpec> = {};
    for (const [i, server] of servers.entries())
      pools[`p${i}`] = { servers: [server], protocol: { version: 'http2' }, retries: { attempts: 0 } };
    const routes = musts.map((_, i) => ({ path: `/${i}/`, pool: `p${i}` }));
    const proxy = await world.proxy({ pools, routes });
    const wrong: string[] = [];
    const judged = musts.map(async (must, i) => {
      try {
        await judge(must, `/${i}/`, { proxy, server: servers[i]! });
      } catch (error) {
        wrong.push(`${must.section} ${must.rule}: ${String(error)}`);
      }
    });
    await Promise.all(judged);
    assert.deepEqual(wrong, []);
  });
}

for (const [name, musts] of Object.entries({ frames: frameMusts, messages: messageMusts }))
  for (let at = 0; at < musts.length; at += TOGETHER) group(`${name} ${at}`, musts.slice(at, at + TOGETHER));
