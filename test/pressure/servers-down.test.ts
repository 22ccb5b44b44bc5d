/** Every server of a pool is down. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';

import { proxyTest } from '../harness/proxy-test.ts';
import { readAnswer, statusOf } from '../harness/message.ts';
import { ok, RawServer, serve } from '../harness/raw-server.ts';
import { until } from '../harness/until.ts';

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** A server that listens for a while, and then does not any more. */
async function deadServer(): Promise<RawServer> {
  const server = await RawServer.start(serve(() => ok('back')));
  await server.stop();
  return server;
}

proxyTest(
  'without retries each request asks each server once, is answered at once, and the first after their return is served',
  async (world) => {
    const servers = await Promise.all([deadServer(), deadServer(), deadServer()]);
    world.servers.push(...servers);
    const proxy = await world.proxy({ servers, pool: { retries: { attempts: 0 } } });
    const client = await world.client(proxy);
    const requests = 500;
    for (let i = 0; i < requests; i++) {
      client.send(request);
      const answer = await readAnswer(client);
      assert.equal(statusOf(answer), 502);
      assert.match(answer.body.toString(), /"error":"server-refused"/);
    }
    const [pool] = proxy.status.pools;
    const attempts = pool!.servers.reduce((sum, { exchangesTotal }) => sum + exchangesTotal, 0);
    assert.equal(attempts, requests * servers.length);
    assert.equal(proxy.serverConnections.open, 0);
    await until('lines', () => proxy.log.read().length === requests);
    for (const line of proxy.log.read()) assert.equal(line.reason, 'server-refused');

    await servers[1].listen();
    client.send(request);
    assert.equal(statusOf(await readAnswer(client)), 200);
  },
);

proxyTest(
  'a request is sent to servers that accept and close at once no more often than the config says',
  async (world) => {
    let connections = 0;
    const net = createServer((socket) => {
      connections += 1;
      socket.on('error', () => {});
      socket.destroy();
    });
    await new Promise<void>((resolve) => void net.listen(0, '127.0.0.1', resolve));
    world.after(() => void net.close());
    const address = net.address();
    assert.ok(address !== null && typeof address === 'object');
    const place = { kind: 'tcp', host: '127.0.0.1', port: address.port } as const;
    const proxy = await world.proxy({ servers: [place, place, place] });
    const client = await world.client(proxy);
    for (let i = 0; i < 20; i++) {
      client.send(request);
      const answer = await readAnswer(client);
      assert.equal(statusOf(answer), 502);
      assert.match(answer.body.toString(), /"error":"server-(closed|reset)"/);
    }
    // The first attempt and three more, as by default.
    assert.equal(connections, 20 * 4);
  },
);
