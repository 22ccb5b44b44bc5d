import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { RawH2Client, request } from '../h2/raw/raw-h2-client.ts';
import { patienceMs, until } from '../harness/until.ts';
import { ProxyApart } from './proxy-apart.ts';
import type { Held } from './questions.ts';

/** Streams of each way on a connection, and connections. */
const streams = 20;
const rounds = 3;

/** Begins streams of all kinds, and leaves them where they are: waiting for an answer, for a body, in the middle of an answer. */
function begin(client: RawH2Client): void {
  for (let i = 0; i < streams; i++) {
    const id = 8 * i + 1;
    client.headers(id, request('/never'), { endStream: true });
    client.headers(id + 2, request('/never', [], 'POST'));
    client.data(id + 2, 'x'.repeat(100));
    client.headers(id + 4, request('/endless'), { endStream: true });
    client.headers(id + 6, request('/large'), { endStream: true });
  }
}

const ends: Readonly<Record<string, (client: RawH2Client) => unknown>> = {
  'resets each stream': async (client) => {
    for (let i = 0; i < 4 * streams; i++) client.resetStream(2 * i + 1);
    await client.roundTrip();
    client.end();
  },
  'breaks off': (client) => client.destroy(),
  'ends its side': (client) => client.end(),
  'says GOAWAY and goes': (client) => {
    client.goaway(0);
    client.destroy();
  },
  'breaks a rule': (client) => client.frame('Ping', 0, 0, 'short'),
};

async function origin(): Promise<http.Server> {
  const server = http.createServer((asked, response) => {
    asked.resume();
    if (asked.url === '/endless') response.write('begin');
    if (asked.url === '/large') response.end(Buffer.alloc(1_000_000));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Waits until so many exchanges are in flight. */
async function inFlight(proxy: ProxyApart, count: number): Promise<void> {
  let { exchanges } = await proxy.status();
  for (const end = performance.now() + patienceMs; exchanges !== count && performance.now() < end;)
    ({ exchanges } = await proxy.status());
  assert.equal(exchanges, count, 'exchanges in flight');
}

/** What the proxy holds when all is over, and the time of every wait has come. */
async function quiet(proxy: ProxyApart): Promise<Held> {
  await inFlight(proxy, 0);
  await proxy.turnClock(200_000);
  let held = await proxy.held();
  for (let i = 0; i < 5 && (held.deadlines > 0 || held.objects['ServerConnection'] !== 0); i++)
    held = await proxy.held();
  return held;
}

test(`whatever way ${5 * rounds * 4 * streams} streams of HTTP/2 are given up, nothing of them is left`, async () => {
  const server = await origin();
  const { port } = server.address() as AddressInfo;
  const proxy = await ProxyApart.start({ servers: [{ kind: 'tcp', host: '127.0.0.1', port }] });
  try {
    const before = await quiet(proxy);
    for (const [way, end] of Object.entries(ends)) {
      for (let i = 0; i < rounds; i++) {
        const client = await RawH2Client.connect(proxy.port(), { credit: false });
        begin(client);
        await inFlight(proxy, 4 * streams);
        await end(client);
        const half = way === 'ends its side';
        if (half) await inFlight(proxy, 3 * streams); // Whole requests are still answered, as with HTTP/1.
        client.destroy();
        // Nothing is read of a client that has ended its side: that it is gone shows when something is written to it.
        if (half) await proxy.turnClock(200_000);
        await inFlight(proxy, 0);
      }
    }
    const held = await quiet(proxy);
    assert.deepEqual(held.objects, before.objects);
    assert.equal(held.deadlines, 0, 'deadlines in the timer wheel');
    assert.deepEqual(held.errors, []);
    // Lines are written together, a moment after the exchange.
    const expected = Object.keys(ends).length * rounds * 4 * streams;
    let lines = 0;
    await until(`${expected} lines`, () => (lines += proxy.newLines().length) >= expected);
    assert.equal(lines, expected);
  } finally {
    await proxy.stop();
    server.closeAllConnections();
    server.close();
  }
});
