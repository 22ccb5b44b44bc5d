// What counts against a server, over real sockets. With streaks of one, each failure is told at once.
import assert from 'node:assert/strict';

import type { OutliersPlan } from '../../src/proxy/index.ts';
import type { PoolSpec } from '../harness/plan-of.ts';
import { readAnswer, readAnswers, readRequest, statusOf } from '../harness/message.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { ok, serve, type Script } from '../harness/raw-server.ts';
import { get, post } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

const outliers: OutliersPlan = {
  consecutiveFailures: 1,
  consecutiveGatewayFailures: 0,
  consecutiveUnanswered: 1,
  intervalMs: 10_000,
  baseMs: 1000,
  maxMs: 1000,
  jitterMs: 0,
  maxEjected: 10,
  successRate: undefined,
  failurePercentage: undefined,
  latency: undefined,
};
const pool: Omit<PoolSpec, 'servers'> = {
  passive: { outliers, breaker: undefined },
  retries: { attempts: 0 },
};

/** What is told of the servers of the proxy. */
function told({ events }: ProxyUnderTest): string[] {
  return events.map((event) => (event.kind === 'streak' ? `${event.server} ${event.streak} ${event.length}` : ''));
}

async function siteOf(world: World, script: Script, timeouts: PoolSpec['timeouts'] = {}): Promise<ProxyUnderTest> {
  return (await world.proxyTo(script, { pool: { ...pool, timeouts } })).proxy;
}

/** One request, and the status of its answer. */
async function ask(world: World, proxy: ProxyUnderTest, request: string = get('/')): Promise<number> {
  return statusOf(await readAnswer(await world.send(proxy, request)));
}

const answerOf =
  (status: number): Script =>
  (peer, server) =>
    serve(() => `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`)(peer, server);

const failing: Readonly<Record<string, readonly [script: Script, status: number, streak: string]>> = {
  'a 500': [answerOf(500), 500, 'failures'],
  'a 503': [answerOf(503), 503, 'failures'],
  'a reset': [(peer) => readRequest(peer).then(() => peer.reset()), 502, 'unanswered'],
  'an end without an answer': [(peer) => readRequest(peer).then(() => peer.end()), 502, 'unanswered'],
  'something that is no HTTP': [serve(() => 'SSH-2.0-x\r\n\r\n'), 502, 'unanswered'],
  'an answer that does not come in time': [async (peer) => void (await peer.ended()), 504, 'unanswered'],
};

for (const [what, [script, status, streak]] of Object.entries(failing)) {
  proxyTest(`${what} counts against the server`, async (world) => {
    const proxy = await siteOf(world, script, status === 504 ? { firstByteMs: 60 } : {});
    assert.equal(await ask(world, proxy), status);
    await until('what is told', () => told(proxy).length > 0);
    assert.deepEqual(told(proxy), [`main-0 ${streak} 1`]);
  });
}

proxyTest('a connection that is refused counts against each server that was tried', async (world) => {
  const servers = [await world.server(() => {}), await world.server(() => {})];
  for (const server of servers) await server.stop();
  const proxy = await world.proxy({ servers, pool });
  assert.equal(await ask(world, proxy), 502);
  await until('what is told', () => told(proxy).length > 1);
  assert.deepEqual(told(proxy).toSorted(), ['main-0 unanswered 1', 'main-1 unanswered 1']);
});

proxyTest('what a client asks for in vain does not count, nor what the server does not do', async (world) => {
  const statuses = [200, 301, 404, 429, 501, 505];
  const server = serve(({ start }) => `HTTP/1.1 ${start.slice(5, 8)} X\r\nContent-Length: 0\r\n\r\n`);
  const proxy = await siteOf(world, server);
  for (const status of statuses) assert.equal(await ask(world, proxy, get(`/${status}`)), status);
  assert.deepEqual(told(proxy), []);
});

proxyTest('a client that goes away does not count', async (world) => {
  const { proxy, server } = await world.proxyTo(async (peer) => void (await peer.ended()), {
    pool,
  });
  const clients = [await world.send(proxy, get('/')), await world.send(proxy, post('/', 'abc'))];
  await until('both requests', () => server.peers.length === 2 && server.peers.every((peer) => peer.bytesReceived > 0));
  for (const client of clients) client.reset();
  await proxy.checkQuiet();
  assert.deepEqual(told(proxy), []);
});

proxyTest('a server that closes an idle connection just as a request leaves does not count', async (world) => {
  // It answers, and closes when the next request comes over the same connection.
  const { proxy, server } = await world.proxyTo(
    async (peer, { requests }) => {
      requests.push(await readRequest(peer));
      peer.send(ok());
      await readRequest(peer);
      peer.reset();
    },
    { pool },
  );
  const client = await world.send(proxy, get('/1'));
  assert.equal(statusOf(await readAnswer(client)), 200);
  client.send(get('/2'));
  assert.equal(statusOf(await readAnswer(client)), 200);
  assert.equal(server.requests.length, 2);
  assert.deepEqual(told(proxy), []);
});

proxyTest('a good answer ends a streak', async (world) => {
  const passive = { outliers: { ...outliers, consecutiveFailures: 3, consecutiveUnanswered: 0 }, breaker: undefined };
  const script = serve(({ start }) => `HTTP/1.1 ${start.slice(5, 8)} X\r\nContent-Length: 0\r\n\r\n`);
  const { proxy } = await world.proxyTo(script, { pool: { ...pool, passive } });
  const client = await world.client(proxy);
  const send = async (...statuses: readonly number[]): Promise<void> => {
    client.send(statuses.map((status) => get(`/${status}`)).join(''));
    await readAnswers(client, statuses.length);
  };
  await send(500, 500, 200, 500, 500, 404, 500, 500);
  assert.deepEqual(told(proxy), []);
  await send(500);
  await until('what is told', () => told(proxy).length > 0);
  assert.deepEqual(told(proxy), ['main-0 failures 3']);
});
