// Middleware of people's own: what it sees, how it answers, and what becomes of its mistakes.
import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { WebSocket, WebSocketServer } from 'ws';

import type { Middleware } from '../../src/index.ts';
import { own, seen } from '../harness/own-middleware.ts';
import { until } from '../harness/until.ts';

const ends: string[] = [];

own(
  'requests and answers pass it in the order of the list, with what they tell each other',
  [
    async (exchange, next) => {
      exchange.state.set('who', 'anna');
      exchange.user = 'anna';
      exchange.headers.append('X-Order', 'first');
      const response = await next();
      response.headers.append('X-Order', 'first');
      return response;
    },
    async (exchange, next) => {
      exchange.headers.append('X-Order', String(exchange.state.get('who')));
      exchange.headers.remove('User-Agent');
      exchange.serverPath = '/other%20place';
      exchange.serverQuery = '?a=b';
      exchange.serverHost = 'inner.example';
      const response = await next();
      response.headers.append('X-Order', 'second');
      response.status = 203;
    },
  ],
  async ({ ask, address }) => {
    const response = await ask('/x?y');
    assert.equal(response.status, 203);
    assert.equal(response.headers.get('X-Order'), 'second, first');
    const { url, headers } = await seen(response);
    assert.equal(url, '/other%20place?a=b');
    assert.equal(headers['x-order'], 'first, anna');
    assert.equal(headers['user-agent'], undefined);
    assert.equal(headers['host'], 'inner.example');
    assert.equal(headers['x-forwarded-host'], address);
  },
);

own(
  'it answers in many ways without a server',
  [
    async (exchange, next) => {
      if (exchange.path === '/json') return Response.json({ a: 1 }, { status: 201, headers: { 'X-A': 'b' } });
      if (exchange.path === '/plain') return { status: 418, headers: { 'Set-Cookie': ['a=b', 'c=d'] }, body: 'tea' };
      if (exchange.path === '/bytes') return { body: new Uint8Array([1, 2, 3]) };
      if (exchange.path === '/empty') return { status: 204 };
      if (exchange.path === '/said') exchange.respond(403, { 'X-Why': 'no' }, 'no');
      if (exchange.path === '/said') return undefined;
      if (exchange.path === '/parts') return { body: parts() };
      const fetched = await fetch(`http://${exchange.headers.get('X-Other')}/gzip`);
      return exchange.path === '/fetched' ? fetched : await next();
    },
  ],
  async ({ ask }, t) => {
    assert.deepEqual(await (await ask('/json')).json(), { a: 1 });
    const plain = await ask('/plain');
    assert.deepEqual([plain.status, plain.headers.getSetCookie()], [418, ['a=b', 'c=d']]);
    assert.equal(plain.headers.get('Content-Type'), 'text/plain; charset=utf-8');
    assert.equal(plain.headers.get('Content-Length'), '3');
    assert.equal(await plain.text(), 'tea');
    const head = await ask('/plain', { method: 'HEAD' });
    assert.deepEqual([head.headers.get('Content-Length'), await head.text()], ['3', '']);
    assert.deepEqual([...new Uint8Array(await (await ask('/bytes')).arrayBuffer())], [1, 2, 3]);
    assert.equal((await ask('/empty')).status, 204);
    assert.deepEqual(await textOf(await ask('/said')), [403, 'no']);
    assert.deepEqual(await textOf(await ask('/parts')), [200, 'one two']);
    const { gzipSync } = await import('node:zlib');
    const other = http.createServer((_, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('unpacked'));
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    t.after(() => (other.closeAllConnections(), other.close()));
    const at = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    assert.deepEqual(await textOf(await ask('/fetched', { headers: { 'X-Other': at } })), [200, 'unpacked']);
  },
);

async function* parts(): AsyncGenerator<string | Uint8Array> {
  yield 'one';
  yield Buffer.from(' two');
}

async function textOf(response: Response): Promise<[number, string]> {
  return [response.status, await response.text()];
}

const failing: Readonly<Record<string, Middleware>> = {
  '/throws': () => {
    throw new Error('secret words');
  },
  '/rejects': async () => Promise.reject(new Error('secret words')),
  '/throws-odd': () => {
    // oxlint-disable-next-line typescript/only-throw-error -- people do
    throw undefined;
  },
  '/nothing': () => undefined,
  '/number': () => 5 as never,
  '/status': () => ({ status: 99 }),
  '/field': () => ({ headers: { 'X-A': 'b\r\nX-B: c' } }),
  '/twice': async (_, next) => {
    await next();
    await next();
  },
  '/after': async (_, next) => {
    await next();
    throw new Error('secret words');
  },
  '/body': () => ({ body: 5 as never }),
  '/framing': async (exchange, next) => {
    exchange.headers.set('Transfer-Encoding', 'chunked');
    await next();
  },
  '/path': async (exchange, next) => {
    exchange.serverPath = '/a b';
    await next();
  },
  '/read': async (_, next) => {
    const response = await next();
    for await (const chunk of response.body!) assert.ok(chunk.length > 0);
  },
};

own(
  'what it does wrong is a 500 of which the client learns nothing, and the operator all',
  [(exchange, next) => failing[exchange.path]!(exchange, next)],
  async ({ ask, messages, proxy }) => {
    const begun = performance.now();
    for (const path of Object.keys(failing)) {
      const [status, text] = await textOf(await ask(path));
      assert.equal(status, 500, path);
      assert.match(text, /^\{"error":"middleware-failed","id":"\w+"\}\n$/, path);
    }
    // Once a second is enough, and the others are counted.
    assert.match(messages[0]!, /^error The middleware a function without a name failed: Error: secret words/);
    assert.ok(messages.length <= 2 + (performance.now() - begun) / 1000, messages.join('\n'));
    let counted = '';
    const look = async (): Promise<void> => void (counted = await proxy.metrics());
    await until('all of them to be counted', () => {
      void look();
      return /reason="middleware-failed"\} 13\n/.test(counted);
    });
  },
);

own(
  'it sees why the proxy itself answers, and may answer otherwise',
  [
    async (_, next) => {
      const response = await next();
      if (response.reason !== 'server-closed' && response.reason !== 'server-reset') return response;
      return { status: 503, headers: { 'Retry-After': 60 }, body: `sorry: ${response.status}` };
    },
  ],
  async ({ ask }) => {
    assert.deepEqual(await textOf(await ask('/')), [503, 'sorry: 502']);
  },
  (request) => void request.socket.destroy(),
);

own('an upgrade passes it: next() resolves with 101, and the tunnel goes on', [], async ({ proxy, address }, t) => {
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.after(() => sockets.close());
  await new Promise((resolve) => void sockets.once('listening', resolve));
  sockets.on('connection', (socket, request) => {
    socket.on('message', (message) =>
      socket.send(`${String(request.headers['x-upgrade'])} ${(message as Buffer).toString()}`),
    );
  });
  const to = `http://127.0.0.1:${(sockets.address() as AddressInfo).port}`;
  ends.length = 0;
  const listeners = { web: { address: '127.0.0.1:0' } };
  const passing: Middleware = async (exchange, next) => {
    exchange.headers.set('X-Upgrade', exchange.upgrade ?? '');
    const response = await next();
    ends.push(`${response.status} ${response.body === undefined ? 'without' : 'with'} a body`);
    return response;
  };
  assert.ok((await proxy.reload({ listeners, accessLog: false, routes: [{ to, middleware: [passing] }] })).ok);
  const socket = new WebSocket(`ws://${address}/chat`);
  const heard = new Promise(
    (resolve) => void socket.once('message', (message) => resolve((message as Buffer).toString())),
  );
  socket.on('open', () => socket.send('hello'));
  assert.equal(await heard, 'websocket hello');
  assert.deepEqual(ends, ['101 without a body']);
  socket.close();
  await new Promise((resolve) => void socket.once('close', resolve));
});
