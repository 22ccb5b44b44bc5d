// Middleware of people's own and bodies: read, replaced, streamed, and broken off.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';

import { own, seen, type Seen } from '../harness/own-middleware.ts';
import { until } from '../harness/until.ts';

own(
  'it reads a request, and the server gets it all the same, or what is set in its place',
  [
    async (exchange, next) => {
      const { path } = exchange;
      if (path === '/text') exchange.headers.set('X-Length', (await exchange.text()).length);
      if (path === '/json') exchange.body = JSON.stringify({ ...((await exchange.json()) as object), more: true });
      if (path === '/limit') await exchange.text({ limit: 3 });
      if (path === '/stream') exchange.body = exchange.body!.pipeThrough(upper());
      if (path === '/iterable') exchange.body = doubled(exchange.body!);
      if (path === '/none') exchange.body = undefined;
      if (path === '/untouched') assert.ok(exchange.body);
      if (path === '/read') for await (const _ of exchange.body!) break;
      return await next();
    },
    async (exchange, next) => {
      if (exchange.path === '/text') exchange.headers.set('X-Again', await exchange.text());
      return await next();
    },
  ],
  async ({ ask }) => {
    const post = (path: string, body: string): Promise<Response> => ask(path, { method: 'POST', body });
    const read = await seen(await post('/text', 'hello'));
    assert.deepEqual([read.body, read.headers['x-length'], read.headers['x-again']], ['hello', '5', 'hello']);
    assert.equal(read.headers['content-length'], '5');
    assert.equal((await seen(await post('/json', '{"a":1}'))).body, '{"a":1,"more":true}');
    assert.equal((await post('/json', 'nonsense')).status, 400);
    assert.equal((await post('/limit', 'four')).status, 413);
    const streamed = await seen(await post('/stream', 'hello'));
    assert.deepEqual([streamed.body, streamed.headers['transfer-encoding']], ['HELLO', 'chunked']);
    assert.equal((await seen(await post('/iterable', 'ab'))).body, 'abab');
    assert.equal((await seen(await post('/none', 'hello'))).body, '');
    assert.equal((await seen(await post('/untouched', 'hello'))).headers['content-length'], '5');
    assert.equal((await post('/read', 'hello')).status, 500);
    assert.equal((await seen(await ask('/text'))).body, '');
  },
);

function upper(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform: (chunk, controller) => controller.enqueue(Buffer.from(Buffer.from(chunk).toString().toUpperCase())),
  });
}

async function* doubled(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    yield chunk;
    yield chunk;
  }
}

own(
  'a client that waits for a 100 gets it when the body is read',
  [
    async (exchange, next) => {
      await exchange.text();
      return await next();
    },
  ],
  async ({ address }) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const headers = { expect: '100-continue', connection: 'close' };
    const request = http.request(`http://${address}/`, { method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
    request.on('continue', () => request.end('late'));
    request.flushHeaders();
    assert.equal((JSON.parse(await promise) as Seen).body, 'late');
  },
);

const large: Buffer = Buffer.from(Uint32Array.from({ length: 6_000_000 }, (_, i) => Math.imul(i, 0x2c1b3c6d)).buffer);

own(
  'a body of 24 MB goes through a stream both ways, as fast as a slow client takes it',
  [
    async (exchange, next) => {
      exchange.body = exchange.body!.pipeThrough(new TransformStream());
      const response = await next();
      const counted = response.body!;
      response.body = counting(counted);
      return response;
    },
  ],
  async ({ address }) => {
    const socket = net.connect(Number(address.split(':')[1]), '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${large.length}\r\n\r\n`);
    socket.write(large);
    const chunks: Buffer[] = [];
    socket.pause();
    await until('the server to have answered', () => given > 0);
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(given < 16_000_000, `${given} bytes were taken for a client that takes none`);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.resume();
    await new Promise((resolve) => void socket.once('end', resolve));
    const all = Buffer.concat(chunks);
    const body = unchunked(all.subarray(all.indexOf('\r\n\r\n') + 4));
    assert.ok(body.equals(large));
    socket.destroy();
  },
  (request, response) => void request.pipe(response),
);

let given = 0;

async function* counting(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    given += chunk.length;
    yield chunk;
  }
}

function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const line = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (size === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 4 + size;
  }
}

const [begun, ends]: [string[], string[]] = [[], []];

own(
  'a client that goes away ends the wait for a server, the signal and the streams',
  [
    async (exchange, next) => {
      const name = exchange.path;
      begun.push(name);
      exchange.signal.addEventListener('abort', () => ends.push(`${name} signal ${exchange.signal.reason.code}`));
      try {
        if (name === '/request') await exchange.text();
        if (name === '/hangs') await new Promise(() => {});
        const response = await next();
        if (name === '/answer') await response.text();
        if (name === '/stream') response.body = response.body!.pipeThrough(new TransformStream());
        ends.push(`${name} answered`);
        return response;
      } catch (error) {
        ends.push(`${name} ${(error as { code?: string }).code}`);
        throw error;
      }
    },
  ],
  async ({ address, messages }) => {
    for (const name of ['/request', '/hangs', '/server', '/answer', '/stream']) {
      begun.length = ends.length = 0;
      const socket = net.connect(Number(address.split(':')[1]), '127.0.0.1');
      socket.on('error', () => undefined);
      const length = name === '/request' ? 'Content-Length: 5\r\n' : '';
      socket.write(`POST ${name} HTTP/1.1\r\nHost: a\r\n${length}\r\n`);
      if (name === '/stream') await until('bytes', () => socket.bytesRead > 0);
      else await until('its middleware', () => begun.includes(name));
      if (name === '/server' || name === '/answer') await until('a server', () => asked.includes(name));
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 1));
      socket.resetAndDestroy();
      const expected = [`${name} signal client-abort`];
      if (name === '/stream') expected.unshift(`${name} answered`);
      else if (name !== '/hangs') expected.push(`${name} client-abort`);
      await until(name, () => ends.length >= expected.length);
      assert.deepEqual(ends, expected);
    }
    assert.deepEqual(messages, []);
  },
  (request, response) => {
    asked.push(request.url!);
    if (request.url === '/server') return;
    response.write('a part');
  },
);

const asked: string[] = [];

own(
  'an unread request of a refused client does not hold up its connection',
  [() => ({ status: 403 })],
  async ({ address }) => {
    const socket = net.connect(Number(address.split(':')[1]), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.write('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello');
    // Not the number alone: a date or an id may have it.
    await until('the first', () => text.includes('HTTP/1.1 403'));
    socket.write('GET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await new Promise((resolve) => void socket.once('close', resolve));
    assert.equal(text.split('HTTP/1.1 403').length, 3);
  },
);
