import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';

import { askHttp } from '../harness/ask.ts';
import { echo, http2Server, type StreamScript } from '../harness/http2-server.ts';
import { readAnswer, readHead, statusOf, textOf, valueOf } from '../harness/message.ts';
import type { PoolSpec } from '../harness/plan-of.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { HpackDecoder, hpackScratchBytes } from '../../src/wire/http2/hpack-decoder.ts';
import { hpackText, plainBlock, type RawFrame } from '../h2/raw/frames.ts';
import { RawH2Client, request as fieldsFor } from '../h2/raw/raw-h2-client.ts';
import { RawH2Server } from '../h2/raw/raw-h2-server.ts';

const known = { protocol: { version: 'http2' } } as const;

async function proxyTo(world: World, script: StreamScript, pool: Partial<PoolSpec> = known): Promise<ProxyUnderTest> {
  const server = await http2Server(world, script);
  return world.proxy({ servers: [server.place], pool });
}

/** A server's end of a WebSocket over HTTP/2, which speaks with no masks: as a test of bytes alone it sends back what comes. */
const tunnels: StreamScript = (stream, head) => {
  assert.equal(head[':method'], 'CONNECT');
  assert.equal(head[':protocol'], 'websocket');
  assert.equal(head['sec-websocket-key'], undefined);
  assert.equal(head['sec-websocket-version'], '13');
  stream.respond({ ':status': 200, 'sec-websocket-protocol': 'chat' });
  stream.pipe(stream);
};

proxyTest('a server without TLS is spoken to by HTTP/2 where its pool says so', async (world) => {
  const proxy = await proxyTo(world, echo);
  const headers = { Host: 'a.test', TE: 'trailers', Connection: 'TE' };
  const answer = await askHttp(proxy.port(), { path: '/x?y=1', method: 'POST', headers }, 'some words');
  assert.equal(answer.body.toString(), 'some words');
  assert.equal(answer.headers['x-asked'], 'POST http a.test /x?y=1 trailers');
  proxy.expectLine({ path: '/x', status: 200, server: 'main-0' });
});

proxyTest('bodies of 20 MB go both ways at once, beside each other, and come back as they went', async (world) => {
  const proxy = await proxyTo(world, echo);
  const bodies = [randomBytes(20_000_000), randomBytes(3_000_000), randomBytes(1)];
  const answers = await Promise.all(bodies.map((body) => askHttp(proxy.port(), { method: 'PUT' }, body)));
  for (const [i, { body }] of answers.entries()) assert.ok(body.equals(bodies[i]!), `body ${i}`);
});

proxyTest('a client that does not read keeps its own stream waiting, and no other', async (world) => {
  const large = randomBytes(5_000_000);
  const proxy = await proxyTo(world, (stream, head) => {
    stream.respond({ ':status': 200 });
    stream.end(head[':path'] === '/large' ? large : 'small');
  });
  const slow = http.get({ port: proxy.port(), host: '127.0.0.1', agent: false, path: '/large' });
  const [answer] = (await once(slow, 'response')) as [http.IncomingMessage];
  answer.pause();
  for (let i = 0; i < 20; i++) assert.equal((await askHttp(proxy.port(), { path: '/small' })).body.toString(), 'small');
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  assert.ok(Buffer.concat(chunks).equals(large));
});

proxyTest('trailers go both ways', async (world) => {
  const proxy = await proxyTo(world, (stream) => {
    stream.on('trailers', (fields: http2.IncomingHttpHeaders) => {
      stream.respond({ ':status': 200, trailer: 'x-end' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-end': String(fields['x-sum']) }));
      stream.end('body');
    });
    stream.resume();
  });
  const peer = await world.send(
    proxy,
    'POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n1\r\na\r\n0\r\nX-Sum: 7\r\n\r\n',
  );
  const answer = await readAnswer(peer);
  assert.equal(textOf(answer), 'body');
  assert.deepEqual(answer.trailers, ['x-end: 7']);
});

proxyTest('a client that waits for 100 gets it from the server, or the final answer instead', async (world) => {
  const proxy = await proxyTo(world, (stream, head) => {
    assert.equal(head['expect'], '100-continue');
    if (head[':path'] === '/no') stream.respond({ ':status': 413 }, { endStream: true });
    else {
      stream.additionalHeaders({ ':status': 100 });
      echo(stream, head);
    }
  });
  const headers = { Expect: '100-continue', 'Content-Length': '5' };
  const request = http.request({ port: proxy.port(), host: '127.0.0.1', agent: false, method: 'PUT', headers });
  request.flushHeaders();
  const answered = once(request, 'response');
  await once(request, 'continue');
  request.end('hello');
  const [answer] = (await answered) as [http.IncomingMessage];
  assert.equal((await answer.toArray()).join(''), 'hello');
  const refused = http.request({
    port: proxy.port(),
    host: '127.0.0.1',
    agent: false,
    method: 'PUT',
    headers,
    path: '/no',
  });
  refused.on('error', () => {});
  refused.flushHeaders();
  const [no] = (await once(refused, 'response')) as [http.IncomingMessage];
  assert.equal(no.statusCode, 413);
  refused.destroy();
});

proxyTest('a server that knows HTTP/1 only, where the pool says HTTP/2, is told apart in words', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => ok('hello')),
    { pool: known },
  );
  assert.equal((await askHttp(proxy.port())).status, 502);
  proxy.expectLine({ path: '/', reason: 'server-junk' });
});

proxyTest('a WebSocket of HTTP/1 goes over a stream where the server takes tunnels', async (world) => {
  const server = await http2Server(world, tunnels, { settings: { enableConnectProtocol: true } });
  const proxy = await world.proxy({ servers: [server.place], pool: known });
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const fields = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`;
  const peers = await Promise.all([1, 2, 3].map(() => world.send(proxy, get('/chat', fields))));
  for (const peer of peers) {
    const head = await readHead(peer);
    assert.equal(statusOf(head), 101);
    assert.equal(valueOf(head, 'sec-websocket-accept'), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    assert.equal(valueOf(head, 'sec-websocket-protocol'), 'chat');
    peer.send('to and fro');
    assert.equal((await peer.takeBytes(10)).toString(), 'to and fro');
  }
  assert.equal(server.sessions.length, 1);
  peers[0]!.end(); // The server's end follows.
  await peers[0]!.ended();
  proxy.expectLine({ path: '/chat', status: 101 });
});

proxyTest(
  'a server that takes no tunnels refuses the WebSocket, and a tunnel that it refuses is an answer',
  async (world) => {
    const without = await http2Server(world, echo);
    const fields =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n';
    const first = await world.proxy({ servers: [without.place], pool: known });
    assert.equal(statusOf(await readAnswer(await world.send(first, get('/', fields)))), 502);
    first.expectLine({ path: '/', reason: 'server-upgrade-failed' });
    const refusing = await http2Server(
      world,
      (stream) => {
        stream.respond({ ':status': 403 });
        stream.end('no');
      },
      { settings: { enableConnectProtocol: true } },
    );
    const second = await world.proxy({ servers: [refusing.place], pool: known });
    const answer = await readAnswer(await world.send(second, get('/', fields)));
    assert.deepEqual([statusOf(answer), textOf(answer)], [403, 'no']);
  },
);

proxyTest('what came marked never to be indexed goes on so, both ways, and credentials always do', async (world) => {
  const secret = (frame: RawFrame | undefined): string[] => {
    const decoder = new HpackDecoder({ listBytes: 65_536, fields: 100 }, Buffer.alloc(hpackScratchBytes(65_536)));
    const buffer = frame!.payload;
    decoder.decode({ buffer, from: 0, to: buffer.length });
    return decoder.fields.filter(({ neverIndexed }) => neverIndexed).map(({ name }) => name);
  };
  const isHead = ({ type }: RawFrame): boolean => type === 1;
  // A literal that is never to be indexed (RFC 7541 section 6.2.3).
  const marked = Buffer.concat([Buffer.of(0x10), hpackText('x-secret'), hpackText('1')]);
  const server = await RawH2Server.start(async (connection) => {
    connection.block(await connection.stream(0), Buffer.concat([Buffer.of(0x88), marked]), { endStream: true });
  });
  world.after(() => server.stop());
  const proxy = await world.proxy({ servers: [server], pool: known });
  const client = await RawH2Client.connect(proxy.port());
  world.after(() => client.destroy());
  const plain = plainBlock([...fieldsFor('/'), ['authorization', 'Basic c2VjcmV0'], ['x-open', '1']]);
  client.block(1, Buffer.concat([plain, marked]), { endStream: true });
  await client.message(1);
  assert.deepEqual(secret(server.connections[0]!.frames.find(isHead)).toSorted(), ['authorization', 'x-secret']);
  assert.deepEqual(secret(client.frames.find(isHead)), ['x-secret']);
});

proxyTest('HTTP/2 on both sides: bodies, trailers, resets, and a tunnel', async (world) => {
  const server = await http2Server(
    world,
    (stream, head) => {
      if (head[':method'] === 'CONNECT') tunnels(stream, head);
      else if (head[':path'] === '/reset') stream.close(8);
      else {
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-end': 'reached' }));
        stream.pipe(stream);
      }
    },
    { settings: { enableConnectProtocol: true }, maxSessionMemory: 1000 },
  );
  const proxy = await world.proxy({ servers: [server.place], pool: { ...known, retries: { attempts: 0 } } });
  const client = http2.connect(`http://${proxy.authority}`, { maxSessionMemory: 1000 });
  world.after(() => client.destroy());
  const bodies = Array.from({ length: 10 }, (_, i) => randomBytes(300_000 * i));
  const asked = bodies.map(async (body) => {
    const stream = client.request({ ':method': 'POST', te: 'trailers' });
    stream.end(body);
    const trailers = once(stream, 'trailers');
    const back = Buffer.concat(await stream.toArray());
    return { back, trailers: (await trailers)[0] as http2.IncomingHttpHeaders };
  });
  for (const [i, { back, trailers }] of (await Promise.all(asked)).entries()) {
    assert.ok(back.equals(bodies[i]!), `body ${i}`);
    assert.equal(trailers['x-end'], 'reached');
  }
  const [head] = (await once(client.request({ ':path': '/reset' }).resume(), 'response')) as [
    http2.IncomingHttpHeaders,
  ];
  assert.equal(head[':status'], 502);
  const tunnel = client.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'http',
    ':path': '/chat',
    'sec-websocket-version': '13',
  });
  const [answer] = (await once(tunnel, 'response')) as [http2.IncomingHttpHeaders];
  assert.equal(answer[':status'], 200);
  assert.equal(answer['sec-websocket-accept'], undefined);
  tunnel.write('to and fro');
  assert.equal(String((await once(tunnel, 'data'))[0]), 'to and fro');
  tunnel.end();
  await once(tunnel, 'close');
  assert.equal(server.sessions.length, 1);
  proxy.expectLine({ path: '/reset', reason: 'server-reset' });
  proxy.expectLine({ path: '/chat', status: 101 });
});
