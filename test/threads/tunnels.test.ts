import assert from 'node:assert/strict';
import net from 'node:net';
import { test, type TestContext } from 'node:test';

import { readHead, statusOf } from '../harness/message.ts';
import { RawPeer } from '../harness/raw-peer.ts';
import { RawServer } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';
import { ThreadSite } from './thread-site.ts';

const max = 5;
const ask = get('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** Three threads before a server that switches protocols, on a route with a bound. */
async function start(t: TestContext, bound = max): Promise<ThreadSite> {
  const server = await RawServer.start(async (peer) => {
    await readHead(peer);
    peer.send(switching);
    await peer.ended();
    peer.end();
  });
  t.after(() => server.stop());
  const more = { tunnel: { idleMs: undefined, maxLifeMs: 0, max: bound } };
  return await ThreadSite.start(t, { servers: [server], routes: [{ more }] });
}

/** @returns those of so many clients that have a tunnel now; all others have been refused. */
async function open(site: ThreadSite, count: number): Promise<readonly RawPeer[]> {
  const asked = Array.from({ length: count }, () => new RawPeer(net.connect(site.port, '127.0.0.1')));
  site.clients.push(...asked);
  for (const client of asked) client.send(ask);
  const statuses = await Promise.all(asked.map(async (client) => statusOf(await readHead(client))));
  assert.ok(
    statuses.every((status) => status === 101 || status === 503),
    statuses.join(' '),
  );
  return asked.filter((_, i) => statuses[i] === 101);
}

void test('a route has exactly as many tunnels as it may, over all threads, whoever asks at once', async (t) => {
  const site = await start(t);
  const threads = new Set<number>();
  for (let round = 0; round < 6; round++) {
    // oxlint-disable-next-line no-await-in-loop -- one round after the other
    const opened = await open(site, 16);
    assert.equal(opened.length, max);
    assert.equal(site.state.tunnels.open('route-0'), max);
    // oxlint-disable-next-line no-await-in-loop
    for (const [i, { traffic }] of (await site.group.threads()).entries()) if (traffic?.exchanges) threads.add(i);
    for (const client of opened) client.end();
    // oxlint-disable-next-line no-await-in-loop
    await until('an end of all', () => site.state.tunnels.open('route-0') === 0);
  }
  assert.ok(threads.size > 1, 'several threads had some of them');
});

void test('what a thread had that dies is given back', async (t) => {
  const most = 60; // So many that the kernel gives each thread some of them.
  const site = await start(t, most);
  const opened = await open(site, most);
  assert.equal(opened.length, most);
  site.kill(0);
  await site.whole(1);
  await until('what the clients of that thread had', () => site.state.tunnels.open('route-0') < most);
  const lost = opened.filter(({ ending }) => ending !== 'open').length;
  assert.equal(site.state.tunnels.open('route-0'), most - lost);
  assert.equal((await open(site, lost + 4)).length, lost);
});
