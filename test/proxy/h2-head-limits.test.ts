// A head counts the same by either protocol: what HTTP/1 takes passes over HTTP/2 too, in both directions, and no more does.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import type net from 'node:net';

import { readAnswer, statusOf, valuesOf } from '../harness/message.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';

/** Fields of so many bytes together, names and all. */
function fieldsOf(count: number, bytes: number): Record<string, string> {
  const each = Math.floor(bytes / count);
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-field-${i}`, 'v'.repeat(each - 16)]));
}

/** A server of HTTP/2 without TLS, whose answers have these fields. */
async function h2Server(
  world: World,
  fields: Record<string, string>,
): Promise<{ kind: 'tcp'; host: string; port: number }> {
  const server = http2.createServer({ settings: { maxHeaderListSize: 65_535 } });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream: http2.ServerHttp2Stream) => {
    stream.on('error', () => {}); // The proxy gives up what is too large.
    stream.respond({ ':status': 200, ...fields });
    stream.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.after(async () => {
    for (const session of sessions) session.destroy();
    server.close();
    await once(server, 'close');
  });
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as net.AddressInfo).port };
}

const large = fieldsOf(90, 31_500);

proxyTest('the answer of a server of HTTP/2 may have as large a head as that of one of HTTP/1', async (world) => {
  const place = await h2Server(world, large);
  const proxy = await world.proxy({ servers: [place], pool: { protocol: { version: 'http2' } } });
  const answer = await readAnswer(await world.send(proxy, get('/')));
  assert.equal(statusOf(answer), 200);
  assert.deepEqual(valuesOf(answer, 'x-field-89'), [large['x-field-89']]);
});

proxyTest('a larger one is a 502', async (world) => {
  const place = await h2Server(world, fieldsOf(90, 40_000));
  const proxy = await world.proxy({ servers: [place], pool: { protocol: { version: 'http2' } } });
  assert.equal(statusOf(await readAnswer(await world.send(proxy, get('/')))), 502);
  const [line] = await proxy.log.count(1);
  assert.equal(line!.reason, 'server-junk');
});

proxyTest('a request of HTTP/2 may have as large a head as one of HTTP/1', async (world) => {
  const server = await world.server(serve(() => ok()));
  const proxy = await world.proxy({ servers: [server] });
  const session = http2.connect(`http://127.0.0.1:${proxy.port()}`);
  world.after(() => session.destroy());
  const statuses = [large, fieldsOf(90, 40_000)].map(async (fields) => {
    const stream = session.request({ ':path': '/', ...fields });
    const [head] = (await once(stream, 'response')) as [http2.IncomingHttpStatusHeader];
    stream.resume();
    await once(stream, 'close');
    return head[':status'];
  });
  assert.deepEqual(await Promise.all(statuses), [200, 431]);
  assert.deepEqual(valuesOf(server.requests[0]!, 'x-field-89'), [large['x-field-89']]);
});
