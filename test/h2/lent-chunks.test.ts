// Bytes that are read into buffers which serve all connections reach whom they are for, however long they wait.
import assert from 'node:assert/strict';
import http from 'node:http';
import http2 from 'node:http2';
import type net from 'node:net';

import { pattern } from '../../src/proxy/pattern.test.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { turns } from '../harness/until.ts';
import { RawH2Client, request } from './raw/raw-h2-client.ts';

const bytes = 12 * 1024 * 1024;

async function site(world: World, answer: http.RequestListener): Promise<ProxyUnderTest> {
  const server = http.createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  world.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as net.AddressInfo;
  return world.proxy({ servers: [{ kind: 'tcp', host: '127.0.0.1', port }] });
}

proxyTest('48 MB to two clients that stall, on two streams each, arrive byte for byte', async (world) => {
  const proxy = await site(world, ({ url }, response) => void response.end(pattern(bytes, Number(url!.slice(1)))));
  const clients: RawH2Client[] = [];
  for (const first of [1, 3]) {
    const client = await RawH2Client.connect(proxy.port(), { settings: [[4, 0x7fff_ffff]], credit: false });
    world.after(() => client.destroy());
    clients.push(client);
    client.windowUpdate(0, 0x7000_0000);
    client.socket.pause();
    for (const seed of [first, first + 1]) client.headers(2 * seed - 1, request(`/${seed}`), { endStream: true });
  }
  // Long enough for all that is in between to be full.
  await turns(300);
  for (const client of clients) client.socket.resume();
  for (const [i, client] of clients.entries())
    for (const seed of [2 * i + 1, 2 * i + 2]) {
      const { body } = await client.message(2 * seed - 1);
      assert.ok(body.equals(pattern(bytes, seed)), `body ${seed}`);
    }
});

proxyTest('24 MB from two streams to a server that stalls arrive byte for byte', async (world) => {
  const proxy = await site(world, (incoming, response) => {
    const parts: Buffer[] = [];
    const sent = pattern(bytes, Number(incoming.url!.slice(1)));
    incoming.on('end', () => response.end(String(Buffer.concat(parts).equals(sent))));
    // Nobody reads until all that is in between is full.
    void turns(200).finally(() => incoming.on('data', (part: Buffer) => void parts.push(part)));
  });
  const session = http2.connect(`http://${proxy.authority}`);
  world.after(() => session.destroy());
  const answers = [1, 2].map(async (seed) => {
    const stream = session.request({ ':method': 'POST', ':path': `/${seed}` });
    stream.end(pattern(bytes, seed));
    let text = '';
    for await (const part of stream.setEncoding('utf8')) text += String(part);
    return text;
  });
  assert.deepEqual(await Promise.all(answers), ['true', 'true']);
});
