// What clients notice of servers that fail, over real sockets; and what HAProxy makes of the same faults.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { plainRetries } from '../../src/proxy/retry-plan.ts';
import { KillableServer } from '../harness/peers/killable-server.ts';
import { needing } from '../harness/peers/needing.ts';
import { freePort } from '../harness/free-port.ts';
import { startServer } from '../harness/peers/programs.ts';
import { readAnswer, statusOf, textOf } from '../harness/message.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { ok, serve, type RawServer, type Script } from '../harness/raw-server.ts';
import { get, post } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

const put = (body: string): string =>
  `PUT /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Clients that ask one thing after the other until they are told to stop. @returns what they got, by status. */
function asking(
  world: World,
  proxy: ProxyUnderTest,
  request: string,
  clients: number,
): () => Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  let over = false;
  const all = Array.from({ length: clients }, async () => {
    const client = await world.client(proxy);
    while (!over) {
      client.send(request);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const status = statusOf(await readAnswer(client));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  return async () => {
    over = true;
    await Promise.all(all);
    return statuses;
  };
}

/** However slow the machine is, all that a server drops are tried again: not how long they wait for that matters here. */
const patient = { retries: { budget: { ...plainRetries.budget, waitMs: 15_000 } } };

async function threeServers(world: World): Promise<KillableServer[]> {
  return Promise.all(['a', 'b', 'c'].map((name) => KillableServer.start(world, name, 15)));
}

for (const [name, request] of [
  ['GETs', get('/')],
  ['PUTs with bodies', put('abc')],
] as const) {
  proxyTest(`${name} see no error while one of three servers is killed, and comes back`, async (world) => {
    const servers = await threeServers(world);
    const proxy = await world.proxy({ servers, pool: patient });
    const stop = asking(world, proxy, request, 24);
    const done = (): number => proxy.status.exchangesTotal;
    await until('the traffic to run', () => done() >= 100);
    await servers[1]!.kill();
    const at = done();
    await until('traffic without it', () => done() >= at + 200);
    await servers[1]!.begin();
    await until('traffic with it', () => done() >= at + 400);
    const statuses = await stop();
    assert.deepEqual([...statuses.keys()], [200]);
    await proxy.log.line('a retry', ({ retries }) => retries > 0);
  });
}

proxyTest('GETs see no error during a rolling restart of all servers, which are killed', async (world) => {
  const servers = await threeServers(world);
  const proxy = await world.proxy({ servers, pool: patient });
  const stop = asking(world, proxy, get('/'), 24);
  for (const server of servers) {
    const at = proxy.status.exchangesTotal;
    // oxlint-disable-next-line no-await-in-loop -- rolling
    await until('some traffic', () => proxy.status.exchangesTotal >= at + 100);
    // oxlint-disable-next-line no-await-in-loop -- rolling
    await server.kill();
    // oxlint-disable-next-line no-await-in-loop -- rolling
    await server.begin();
  }
  assert.deepEqual([...(await stop()).keys()], [200]);
});

proxyTest('the log says why there were other attempts, and why no more', async (world) => {
  const bad = await world.server(serve((_, peer) => (peer.reset(), '')));
  const good = await world.server(serve(() => ok('good')));
  const proxy = await world.proxy({ servers: [bad, good] });
  const client = await world.client(proxy);
  for (const request of [get('/g'), get('/g'), post('/p', 'abc'), post('/p', 'abc')]) {
    client.send(request);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await readAnswer(client);
  }
  const tried: object = await proxy.log.line('a retry', ({ path: of, retries }) => of === '/g' && retries > 0);
  assert.ok('retried' in tried && !('notRetried' in tried));
  assert.deepEqual(tried.retried, { 'empty-response': 1 });
  const not: object = await proxy.log.line('none', ({ path: of, reason }) => of === '/p' && reason === 'server-reset');
  assert.ok('notRetried' in not && !('retried' in not));
  assert.equal(not.notRetried, 'method');
});

// --- the same faults through HAProxy ---------------------------------------------------------------------------

interface Fault {
  readonly script: Script;
  readonly on: string;
  readonly retries: object;
}

const once =
  (answer: string): Script =>
  async (peer) => {
    await peer.takeThrough('\r\n\r\n');
    if (answer === 'reset') peer.reset();
    else peer.end(answer);
  };

const faults: Readonly<Record<string, Fault>> = {
  'resets before an answer': { script: once('reset'), on: 'empty-response', retries: { on: ['empty-response'] } },
  'closes without an answer': { script: once(''), on: 'empty-response', retries: { on: ['empty-response'] } },
  'says what is no answer': {
    script: once('SSH-2.0-OpenSSH_9.2\r\n\r\n'),
    on: 'junk-response',
    retries: { on: ['junk-response'] },
  },
  'answers with 503': {
    script: serve(() => 'HTTP/1.1 503 Sorry\r\nContent-Length: 5\r\n\r\nsorry'),
    on: '503',
    retries: { on: [], statuses: [[503, 503]] },
  },
};

const { proxyTest: haproxyTest } = needing('haproxy');

async function haproxy(world: World, on: string, servers: readonly RawServer[]): Promise<number> {
  const port = await freePort();
  const file = path.join(await world.folder(), `${port}.cfg`);
  const lines = servers.map(({ place }, i) => `  server s${i} 127.0.0.1:${(place as { port: number }).port}`);
  await writeFile(
    file,
    `global
  maxconn 200
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  retries 3
  option redispatch 1
  retry-on conn-failure ${on}
listen all
  bind 127.0.0.1:${port}
  http-request disable-l7-retry if METH_POST
${lines.join('\n')}
`,
  );
  await startServer(world, 'haproxy', ['-db', '-f', file], port);
  return port;
}

/** @returns status and text of some answers, in no order. */
async function answers(world: World, to: ProxyUnderTest | number, request: string): Promise<string[]> {
  const got: string[] = [];
  for (let i = 0; i < 4; i++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that servers take turns
    const answer = await readAnswer(await world.send(to, request));
    got.push(statusOf(answer) === 200 ? `200 ${textOf(answer)}` : String(statusOf(answer)));
  }
  return got.toSorted();
}

for (const [name, { script, on, retries }] of Object.entries(faults)) {
  haproxyTest(`where one of two servers ${name}, clients get what they get from HAProxy`, async (world) => {
    const servers = [await world.server(script), await world.server(serve(({ body }) => ok(`good ${body.length}`)))];
    const proxy = await world.proxy({ servers, pool: { retries } });
    const other = await haproxy(world, on, servers);
    for (const request of [get('/'), put('abc'), post('/', 'abc')]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      assert.deepEqual(await answers(world, proxy, request), await answers(world, other, request), request);
    }
  });
}
