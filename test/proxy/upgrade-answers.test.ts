// What servers may answer to an upgrade instead of a 101, and behind it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { readAnswer, readHead, readRequest, statusOf, textOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import type { RawPeer } from '../harness/raw-peer.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';
import { switching, tunnel, upgrade } from '../harness/upgrades.ts';

for (const answer of [
  'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno',
  'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno',
  ok('no'),
]) {
  proxyTest(
    `an upgrade that is answered ${answer.slice(9, 12)} stays HTTP, with what the client sent behind it`,
    async (world) => {
      const { proxy, server } = await world.proxyTo(
        serve(({ start }) => (start.includes('/next') ? ok('next') : answer)),
      );
      const client = await world.send(proxy, upgrade() + get('/next'));
      assert.equal(textOf(await readAnswer(client)), 'no');
      assert.equal(textOf(await readAnswer(client)), 'next');
      assert.equal(server.requests.length, 2);
    },
  );
}

proxyTest('an upgrade whose server resets gives 502 and stays HTTP', async (world) => {
  const { proxy, server } = await world.proxyTo(async (peer) => {
    const { start } = await readRequest(peer);
    if (start.includes('/next')) peer.send(ok('next'));
    else peer.reset();
  });
  const client = await world.send(proxy, upgrade() + get('/next'));
  assert.equal(statusOf(await readAnswer(client)), 502);
  assert.equal(textOf(await readAnswer(client)), 'next');
  assert.equal(server.peers.length, 2);
});

for (const [name, answer] of [
  ['without a token', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['with another token', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'],
  ['without Connection', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'],
] as const) {
  proxyTest(`a 101 ${name} opens no tunnel: 502`, async (world) => {
    const { proxy, server } = await world.proxyTo(async (peer) => {
      await readHead(peer);
      peer.send(`${answer}evil`);
    });
    const client = await world.send(proxy, upgrade());
    assert.equal(statusOf(await readAnswer(client)), 502);
    await until('an end', () => server.open === 0);
    assert.equal(client.queue.length, 0);
  });
}

for (const [name, end, status, reason] of [
  ['closes', (peer: RawPeer) => peer.end(), 502, 'server-closed'],
  ['sends no HTTP', (peer: RawPeer) => peer.send('\x00\x01 what?\r\n\r\n'), 502, 'server-junk'],
  ['sends half a head', (peer: RawPeer) => peer.end('HTTP/1.1 101 Swit'), 502, 'server-closed'],
  [
    'switches to h2c',
    (peer: RawPeer) => peer.send(switching.replace('websocket', 'h2c')),
    502,
    'server-upgrade-failed',
  ],
  ['never answers', () => {}, 504, 'server-timeout'],
] as const) {
  proxyTest(
    `a server that ${name} where an upgrade is asked for: ${status}, and ${reason} in the log`,
    async (world) => {
      const { proxy, server } = await world.proxyTo(
        async (peer) => {
          await readHead(peer);
          end(peer);
        },
        { pool: { timeouts: status === 504 ? { firstByteMs: 300 } : {} } },
      );
      const client = await world.send(proxy, `${upgrade()}frames that nobody gets`);
      assert.equal(statusOf(await readAnswer(client)), status);
      client.end();
      await until('an end', () => server.open === 0);
      proxy.expectLine({ path: '/', status, reason, bytesIn: 0 });
    },
  );
}

proxyTest('a long answer in place of a 101 comes whole, and the connection goes on', async (world) => {
  const page = 'x'.repeat(300_000);
  const { proxy } = await world.proxyTo(
    serve(({ start }) => (start.includes('/next') ? ok('next') : ok(page).replace('200 OK', '404 Not Found'))),
  );
  const client = await world.send(proxy, upgrade() + get('/next'));
  const answer = await readAnswer(client);
  assert.deepEqual([statusOf(answer), textOf(answer).length], [404, page.length]);
  assert.equal(textOf(await readAnswer(client)), 'next');
});

proxyTest('garbage behind a 101 goes through as it is, and ends as its sides end it', async (world) => {
  const garbage = randomBytes(50_000);
  const { proxy } = await world.proxyTo(async (peer) => {
    await readHead(peer);
    peer.send(switching);
    peer.send(garbage);
    peer.end((await peer.takeBytes(garbage.length)).equals(garbage) ? 'same' : 'other');
  });
  const client = await world.send(proxy, upgrade());
  assert.equal(statusOf(await readHead(client)), 101);
  client.send(garbage);
  assert.ok((await client.takeBytes(garbage.length)).equals(garbage));
  assert.equal((await client.takeRest()).toString(), 'same');
});

proxyTest('a server that resets a tunnel resets the client', async (world) => {
  const { client, server, proxy } = await tunnel(world);
  server.send('half a');
  await client.takeBytes(6);
  server.reset();
  assert.equal(await client.ended(), 'reset');
  proxy.expectLine({ path: '/', status: 101, reason: 'server-reset', bytesOut: 6 });
});
