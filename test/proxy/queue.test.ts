// Limits of servers and pools, and the queue of requests that wait, over real sockets.
import assert from 'node:assert/strict';

import { plainCapacity, type Importance } from '../../src/proxy/index.ts';
import { readAnswer, readHead, statusOf, textOf, valueOf } from '../harness/message.ts';
import type { PlanSpec, PoolSpec } from '../harness/plan-of.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import type { RawPeer } from '../harness/raw-peer.ts';
import { ok, serve, type RawServer } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

/** A server that answers a request when it is told to, by its path; it knows how many it has at once. */
class Desk {
  readonly paths: string[] = [];
  now = 0;
  most = 0;
  readonly #open: (() => void)[] = [];
  /** True: it answers at once. */
  free = false;

  readonly script = serve(async (request) => {
    const path = request.start.split(' ')[1]!;
    this.paths.push(path);
    this.most = Math.max(this.most, ++this.now);
    if (!this.free) await new Promise<void>((resolve) => this.#open.push(resolve));
    this.now--;
    return ok(path);
  });

  /** Answers the oldest. */
  answer(count = 1): void {
    for (const open of this.#open.splice(0, count)) open();
  }

  answerAll(): void {
    this.free = true;
    this.answer(Infinity);
  }
}

interface Site {
  readonly proxy: ProxyUnderTest;
  readonly desk: Desk;
  readonly server: RawServer;
}

async function site(world: World, pool: Omit<PoolSpec, 'servers'>, spec: PlanSpec = {}): Promise<Site> {
  const desk = new Desk();
  const server = await world.server(desk.script);
  return { desk, server, proxy: await world.proxy({ servers: [server], pool, ...spec }) };
}

/** Sends a request on a connection of its own, and waits until it is where it is to be. */
async function arrive(world: World, { proxy, desk }: Site, path: string): Promise<RawPeer> {
  const seen = (): number => desk.paths.length + waitingAt(proxy);
  const before = seen();
  const client = await world.send(proxy, get(path));
  await until(`the request ${path}`, () => seen() > before);
  return client;
}

function waitingAt(proxy: ProxyUnderTest): number {
  return proxy.status.pools[0]!.waiting!;
}

const two = { serverLimits: { maxRequests: 2 } };

proxyTest('a server never has more than it may, and all are served in the order of their coming', async (world) => {
  const place = await site(world, two);
  const clients: RawPeer[] = [];
  for (let i = 0; i < 50; i++) clients.push(await arrive(world, place, `/${i}`));
  assert.deepEqual([place.desk.now, waitingAt(place.proxy)], [2, 48]);
  for (let i = 0; i < 48; i++) {
    const { length } = place.desk.paths;
    place.desk.answer();
    await until('the next', () => place.desk.paths.length > length);
  }
  place.desk.answerAll();
  for (const [i, client] of clients.entries()) assert.equal(textOf(await readAnswer(client)), `/${i}`);
  assert.deepEqual(
    place.desk.paths,
    Array.from({ length: 50 }, (_, i) => `/${i}`),
  );
  assert.equal(place.desk.most, 2);
});

proxyTest('those that are more important come first, and the order of coming holds among equals', async (world) => {
  const routes = (['high', 'normal', 'low'] as const satisfies Importance[]).map((importance) => ({
    path: `/${importance}/`,
    more: { importance },
  }));
  const place = await site(world, { serverLimits: { maxRequests: 1 } }, { routes });
  for (const path of ['/low/0', '/low/1', '/normal/1', '/high/1', '/low/2', '/normal/2', '/high/2'])
    await arrive(world, place, path);
  for (let i = 0; i < 6; i++) {
    const { length } = place.desk.paths;
    place.desk.answer();
    await until('the next', () => place.desk.paths.length > length);
  }
  place.desk.answerAll();
  assert.deepEqual(place.desk.paths.slice(1), ['/high/1', '/high/2', '/normal/1', '/normal/2', '/low/1', '/low/2']);
});

proxyTest(
  'a full queue refuses, and what is more important takes the place of the last that is less',
  async (world) => {
    const routes = (['high', 'low'] as const).map((importance) => ({ path: `/${importance}/`, more: { importance } }));
    const capacity = { maxRequests: 1, queue: { max: 2, timeoutMs: 60_000 } };
    const place = await site(world, { capacity }, { routes });
    await arrive(world, place, '/low/0');
    const first = await arrive(world, place, '/low/1');
    const second = await arrive(world, place, '/low/2');
    const third = await world.send(place.proxy, get('/low/3'));
    await assertRefused(third, 'queue-full');
    const high = await world.send(place.proxy, get('/high/1'));
    await assertRefused(second, 'queue-full');
    assert.equal(waitingAt(place.proxy), 2);
    place.desk.answerAll();
    assert.deepEqual([textOf(await readAnswer(high)), textOf(await readAnswer(first))], ['/high/1', '/low/1']);
    assert.deepEqual(place.desk.paths, ['/low/0', '/high/1', '/low/1']);
  },
);

async function assertRefused(client: RawPeer, reason: string): Promise<void> {
  const answer = await readAnswer(client);
  assert.deepEqual([statusOf(answer), valueOf(answer, 'retry-after')], [503, '1']);
  assert.match(textOf(answer), new RegExp(reason));
}

proxyTest('nobody waits longer than the queue says, and the log tells for how long', async (world) => {
  const place = await site(world, { ...two, capacity: { maxRequests: 0, queue: { max: 9, timeoutMs: 2000 } } });
  await arrive(world, place, '/0');
  await arrive(world, place, '/1');
  const client = await arrive(world, place, '/late');
  place.proxy.turnClock(2500);
  await assertRefused(client, 'queue-timeout');
  const line = await place.proxy.log.ofPath('/late');
  assert.deepEqual([line.status, line.reason, line.server], [503, 'queue-timeout', undefined]);
  assert.ok(line.queueMs! >= 2000, String(line.queueMs));
  assert.equal(waitingAt(place.proxy), 0);
  place.desk.answerAll();
});

proxyTest('with a queue of 0 nobody waits', async (world) => {
  const place = await site(world, { ...two, capacity: { maxRequests: 0, queue: { max: 0, timeoutMs: 1000 } } });
  await arrive(world, place, '/0');
  await arrive(world, place, '/1');
  await assertRefused(await world.send(place.proxy, get('/2')), 'queue-full');
  place.desk.answerAll();
});

proxyTest('a client that goes away leaves the queue, and its place is not lost', async (world) => {
  const place = await site(world, { serverLimits: { maxRequests: 1 } });
  await arrive(world, place, '/0');
  const gone = await arrive(world, place, '/gone');
  const stays = await arrive(world, place, '/stays');
  gone.reset();
  await until('an end of its wait', () => waitingAt(place.proxy) === 1);
  place.desk.answerAll();
  assert.equal(textOf(await readAnswer(stays)), '/stays');
  assert.deepEqual(place.desk.paths, ['/0', '/stays']);
  const line = await place.proxy.log.ofPath('/gone');
  assert.deepEqual([line.status, line.reason], [499, 'client-abort']);
});

proxyTest('those that wait are not forgotten by a reload that changes the pool', async (world) => {
  const place = await site(world, { serverLimits: { maxRequests: 1 } });
  const { server, proxy, desk } = place;
  await arrive(world, place, '/0');
  const waits = await arrive(world, place, '/waits');
  // One data plane alone makes memory of its own for each pool: those that wait stay with theirs.
  await proxy.apply({ servers: [server], pool: { ...two, lenient: true } });
  desk.answerAll();
  assert.equal(textOf(await readAnswer(waits)), '/waits');
});

proxyTest(
  'where one server is full others are chosen, and a retry waits for one that it has not had',
  async (world) => {
    const [a, b] = [new Desk(), new Desk()];
    const servers = [await world.server(a.script), await world.server(b.script)];
    const proxy = await world.proxy({
      servers,
      pool: { balance: { kind: 'first' }, serverLimits: { maxRequests: 1 } },
    });
    const clients = [await world.send(proxy, get('/a'))];
    await until('the first', () => a.now === 1);
    clients.push(await world.send(proxy, get('/b')));
    await until('the second', () => b.now === 1);
    a.answerAll();
    b.answerAll();
    assert.deepEqual(await Promise.all(clients.map(async (client) => textOf(await readAnswer(client)))), ['/a', '/b']);

    const dead = await world.server(() => undefined);
    await dead.stop();
    const c = new Desk();
    const retrying = await world.proxy({
      servers: [dead, await world.server(c.script)],
      pool: { balance: { kind: 'first' }, serverLimits: { maxRequests: 1 } },
    });
    const more = [await world.send(retrying, get('/1'))];
    await until('the first retry', () => c.now === 1);
    more.push(await world.send(retrying, get('/2')));
    await until('the second, which waits', () => waitingAt(retrying) === 1);
    c.answerAll();
    for (const client of more) assert.equal(statusOf(await readAnswer(client)), 200);
    assert.equal(c.most, 1);
  },
);

proxyTest('no more connections are open to a server than it may have, and idle ones are used again', async (world) => {
  const place = await site(world, { serverLimits: { maxConnections: 2 } });
  const clients = [];
  for (let i = 0; i < 10; i++) clients.push(await arrive(world, place, `/${i}`));
  assert.deepEqual([place.server.open, place.desk.now, waitingAt(place.proxy)], [2, 2, 8]);
  place.desk.answerAll();
  for (const client of clients) assert.equal(statusOf(await readAnswer(client)), 200);
  assert.equal(place.server.peers.length, 2);
});

proxyTest('a connection that closes makes room for one that waits', async (world) => {
  const held: RawPeer[] = [];
  const server = await world.server(async (peer) => {
    await readHead(peer);
    held.push(peer);
  });
  const proxy = await world.proxy({
    servers: [server],
    pool: { serverLimits: { maxConnections: 1 }, retries: { attempts: 0 } },
  });
  const first = await world.send(proxy, get('/1'));
  await until('the first', () => held.length === 1);
  const second = await world.send(proxy, get('/2'));
  await until('the second, which waits', () => waitingAt(proxy) === 1);
  held[0]!.reset();
  assert.equal(statusOf(await readAnswer(first)), 502);
  await until('the second', () => held.length === 2);
  held[1]!.send(ok('two'));
  assert.equal(textOf(await readAnswer(second)), 'two');
});

proxyTest('a client that is bound to a connection waits for its server, too', async (world) => {
  const place = await site(world, { serverLimits: { maxRequests: 1 } });
  const { desk, proxy } = place;
  const bound = await world.send(proxy, get('/bound/1', 'Authorization: NTLM abc=\r\n'));
  await until('the first', () => desk.now === 1);
  desk.answer();
  await readAnswer(bound);
  const other = await arrive(world, place, '/other');
  bound.send(get('/bound/2'));
  await until('the second, which waits', () => waitingAt(proxy) === 1);
  desk.answerAll();
  assert.deepEqual([textOf(await readAnswer(other)), textOf(await readAnswer(bound))], ['/other', '/bound/2']);
  assert.equal(desk.most, 1);
});

proxyTest('an answer on its way holds the place to its last byte', async (world) => {
  const server = await world.server(async (peer) => {
    await readHead(peer);
    peer.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab');
  });
  const proxy = await world.proxy({ servers: [server], pool: { capacity: { ...plainCapacity, maxRequests: 1 } } });
  const client = await world.send(proxy, get('/1'));
  await readHead(client);
  await world.send(proxy, get('/2'));
  await until('the second, which waits', () => waitingAt(proxy) === 1);
  const { bytesReceived } = server;
  server.peers[0]!.send('cd');
  await until('the second', () => server.bytesReceived > bytesReceived);
});
