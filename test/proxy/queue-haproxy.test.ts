// What waits, in which order, and what is refused: the same as with HAProxy's maxconn and timeout queue.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { readAnswer, statusOf } from '../harness/message.ts';
import { needing } from '../harness/peers/needing.ts';
import { freePort } from '../harness/free-port.ts';
import { startServer } from '../harness/peers/programs.ts';
import type { World } from '../harness/proxy-test.ts';
import type { RawPeer } from '../harness/raw-peer.ts';
import { ok, serve, type RawServer } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { patienceMs, until } from '../harness/until.ts';

const { proxyTest } = needing('haproxy');
const timeoutMs = 2500;

/** What stands before a server that has no more than two requests. */
interface Front {
  readonly port: number;
  /** How many requests wait. */
  waiting(): Promise<number>;
}

async function haproxy(world: World, server: RawServer): Promise<Front> {
  const port = await freePort();
  const folder = await world.folder();
  const [file, stats] = [path.join(folder, 'haproxy.cfg'), path.join(folder, 'stats')];
  const { port: to } = server.place as { readonly port: number };
  await writeFile(
    file,
    `global
  maxconn 200
  nbthread 1
  stats socket ${stats}
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout queue ${timeoutMs}ms
listen in
  bind 127.0.0.1:${port}
  server a 127.0.0.1:${to} maxconn 2
`,
  );
  await startServer(world, 'haproxy', ['-db', '-f', file], port);
  return { port, waiting: () => queued(stats) };
}

/** The third value of the line of the whole proxy. */
async function queued(stats: string): Promise<number> {
  const socket = net.connect(stats);
  socket.write('show stat\n');
  const line = (await text(socket)).split('\n').find((each) => each.startsWith('in,BACKEND,'));
  return Number(line?.split(',')[2]);
}

/** What clients see, one after the other, where the first four requests are answered and the next two never. */
async function seenThrough(world: World, start: (server: RawServer) => Promise<Front>): Promise<object> {
  const open: (() => void)[] = [];
  const order: string[] = [];
  let [now, most] = [0, 0];
  const server = await world.server(
    serve(async (request) => {
      order.push(request.start.split(' ')[1]!);
      most = Math.max(most, ++now);
      await new Promise<void>((resolve) => open.push(resolve));
      now--;
      return ok();
    }),
  );
  const { port, waiting } = await start(server);
  const clients: RawPeer[] = [];
  for (let i = 0; i < 8; i++) {
    clients.push(await world.send(port, get(`/${i}`)));
    if (i < 2) await until('the request', () => order.length === i + 1);
    else
      for (const end = performance.now() + patienceMs; (await waiting()) < i - 1;) assert.ok(performance.now() < end);
  }
  for (let i = 0; i < 4; i++) {
    open[i]!();
    await until('the next request', () => order.length === i + 3);
  }
  const answered = (await Promise.all([0, 1, 2, 3, 6, 7].map((i) => readAnswer(clients[i]!)))).map(statusOf);
  for (const end of open.slice(4)) end();
  const last = (await Promise.all([4, 5].map((i) => readAnswer(clients[i]!)))).map(statusOf);
  return { order, most, answered, last };
}

proxyTest('a bound of a server, and a time in the queue, are those of HAProxy', async (world) => {
  const own = await seenThrough(world, async (server) => {
    const capacity = { maxRequests: 0, queue: { max: 100, timeoutMs } };
    const proxy = await world.proxy({ servers: [server], pool: { serverLimits: { maxRequests: 2 }, capacity } });
    const waiting = async (): Promise<number> => {
      await new Promise((resolve) => void setImmediate(resolve));
      return proxy.status.pools[0]!.waiting!;
    };
    return { port: proxy.port(), waiting };
  });
  assert.deepEqual(own, {
    order: ['/0', '/1', '/2', '/3', '/4', '/5'],
    most: 2,
    answered: [200, 200, 200, 200, 503, 503],
    last: [200, 200],
  });
  assert.deepEqual(own, await seenThrough(world, (server) => haproxy(world, server)));
});
