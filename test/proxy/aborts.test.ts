import assert from 'node:assert/strict';

import { readAnswer, readHead, readRequest, statusOf } from '../harness/message.ts';
import type { PlanSpec } from '../harness/plan-of.ts';
import { PeerGone, type RawPeer } from '../harness/raw-peer.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { ok, serve, type Script } from '../harness/raw-server.ts';
import { chunk, chunkedHead, get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

/** Each phase so often, this many at once. */
const [times, atOnce] = [200, 200];

/** What a client that is silent or gone can hold up is short here. */
const spec: PlanSpec = {
  timeouts: { headMs: 400, bodyIdleMs: 400, keepAliveMs: 400, writeMs: 400, tunnelIdleMs: 400 },
  pool: { timeouts: { firstByteMs: 400, idleMs: 400 } },
};

const large = `HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n${'x'.repeat(100_000)}`;
const upgrade = get('/ws', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const length5 = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n';

/** Reads requests and never answers but with this. */
const begins =
  (beginning: string): Script =>
  async (peer) => {
    await readHead(peer);
    peer.send(beginning);
    peer.sink = () => {};
    await peer.ended();
    peer.end();
  };

async function many(act: (i: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < times; from += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, i) => act(from + i)));
  }
}

/** False where the proxy was first: on a slow machine all of them together may take longer than the proxy waits for one. */
async function reaches(phase: unknown): Promise<boolean> {
  try {
    await phase;
    return true;
  } catch (error) {
    if (error instanceof PeerGone) return false;
    throw error;
  }
}

/** How far a client goes before it goes away. */
const clientPhases: readonly (readonly [string, Script, (client: RawPeer) => unknown])[] = [
  ['at once', () => {}, () => {}],
  ['in the middle of a head', () => {}, (client) => client.send('GET / HTTP/1.1\r\nHo')],
  ['with the request just sent', begins(''), (client) => client.send(get('/'))],
  ['with many pipelined requests just sent', serve(() => ok()), (client) => client.send(get('/').repeat(50))],
  ['in the middle of a body', begins(''), (client) => client.send(`${length5}\r\nabc`)],
  ['in the middle of a chunk', begins(''), (client) => client.send(`${chunkedHead('/')}5\r\nab`)],
  ['between two chunks', begins(''), (client) => client.send(chunkedHead('/') + chunk('abc'))],
  ['in the middle of trailers', begins(''), (client) => client.send(`${chunkedHead('/')}0\r\nX: `)],
  [
    'in the middle of a large upload',
    begins(''),
    (client) => client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n${'x'.repeat(300_000)}`),
  ],
  ['while it waits for 100', begins(''), (client) => client.send(`${length5}Expect: 100-continue\r\n\r\n`)],
  [
    'after a 100',
    begins('HTTP/1.1 100 Continue\r\n\r\n'),
    async (client) => {
      client.send(`${length5}Expect: 100-continue\r\n\r\n`);
      await readHead(client);
    },
  ],
  [
    'after a 103',
    begins('HTTP/1.1 103 Early Hints\r\n\r\n'),
    async (client) => {
      client.send(get('/'));
      await readHead(client);
    },
  ],
  [
    'in the middle of an answer',
    begins(large),
    async (client) => {
      client.send(get('/'));
      await readHead(client);
    },
  ],
  [
    'in the middle of an answer in chunks, with its own body not sent',
    begins('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'),
    async (client) => {
      client.send(chunkedHead('/') + chunk('x'));
      await readHead(client);
    },
  ],
  [
    'without having read any of a large answer',
    begins(large),
    (client) => {
      client.stall();
      client.send(get('/'));
    },
  ],
  ['with an upgrade just sent', begins(''), (client) => client.send(`${upgrade}abc`)],
  [
    'in a tunnel',
    begins(`${switching}abc`),
    async (client) => {
      client.send(`${upgrade}abc`);
      await readHead(client);
    },
  ],
  [
    'when its answer is whole',
    serve(() => ok()),
    async (client) => {
      client.send(get('/'));
      await readAnswer(client);
    },
  ],
];

for (const [phase, script, act] of clientPhases) {
  for (const way of ['destroy', 'reset', 'end'] as const) {
    proxyTest(`${times} clients that go away (${way}) ${phase} leave nothing behind`, async (world) => {
      const { proxy } = await world.proxyTo(script, spec);
      let reached = 0;
      await many(async () => {
        const client = await world.client(proxy);
        if (await reaches(act(client))) reached++;
        client[way]();
        if (way !== 'end') return;
        // Half-closed: it may still be answered, but must not stay.
        client.sink = () => {};
        client.readOn();
        await client.ended();
      });
      await until('an end of all clients', () => proxy.status.connections === 0);
      assert.equal(proxy.status.exchanges, 0);
      assert.ok(reached >= times / 2, `only ${reached} came so far`);
    });
  }
}

/** How far a server goes before it goes away. */
const serverPhases: readonly (readonly [string, (peer: RawPeer) => unknown])[] = [
  ['at once', () => {}],
  ['with the head of the request read', (peer) => readHead(peer)],
  ['with the request read', (peer) => readRequest(peer)],
  ['in the middle of the head of its answer', (peer) => peer.send('HTTP/1.1 200 OK\r\nConte')],
  ['after a 100', (peer) => peer.send('HTTP/1.1 100 Continue\r\n\r\n')],
  ['after the head of its answer', (peer) => peer.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')],
  ['in the middle of its answer', (peer) => peer.send(large)],
  ['in the middle of a chunk', (peer) => peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab')],
  ['in the middle of an answer up to the close', (peer) => peer.send('HTTP/1.1 200 OK\r\n\r\nabc')],
  ['with junk behind its answer', async (peer) => (await readRequest(peer)) && peer.send(`${ok()}junk`)],
  ['in a tunnel', (peer) => peer.send(`${switching}abc`)],
];

for (const [phase, act] of serverPhases) {
  for (const way of ['destroy', 'reset', 'end'] as const) {
    proxyTest(
      `a server that goes away (${way}) ${phase}, ${times} times, leaves nothing behind and no client without an end`,
      async (world) => {
        const { proxy } = await world.proxyTo(async (peer) => {
          await act(peer);
          peer[way]();
        }, spec);
        const tunnel = phase.includes('tunnel');
        const whole = phase.includes('request read') || phase.includes('junk');
        await many(async (i) => {
          const close = 'Connection: close\r\n';
          const requests = [
            get('/', close),
            `${length5}${close}\r\nabcde`,
            chunkedHead('/', close) + chunk('abc') + (whole ? '0\r\n\r\n' : ''),
          ];
          const client = await world.send(proxy, tunnel ? upgrade : requests[i % 3]!);
          const status = await readAnswer(client).then(statusOf, (error: unknown) => {
            if (error instanceof PeerGone) return 0;
            throw error;
          });
          assert.ok([0, 101, 200, 408, 502, 504].includes(status), String(status));
          client.end();
          client.sink = () => {};
          await client.ended();
        });
        await until('an end of all clients', () => proxy.status.connections === 0);
        await until(
          'an end of all server connections',
          () => proxy.serverConnections.open === proxy.serverConnections.idle,
        );
      },
    );
  }
}
