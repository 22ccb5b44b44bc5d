import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';

import type { BrowserContext, Page } from 'playwright-core';

import { issue, makeCa, tlsPlan } from '../harness/certificates.ts';
import { startBrowser } from '../harness/peers/browser.ts';
import { needing } from '../harness/peers/needing.ts';
import { run } from '../harness/peers/programs.ts';
import type { Place } from '../harness/plan-of.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { echo, ok, serve } from '../harness/raw-server.ts';
import { tlsProxy, tlsSite } from '../harness/tls-site.ts';
import { until } from '../harness/until.ts';
import { webSocketServer } from '../harness/web-sockets.ts';

const site = tlsSite();

// --- programs ------------------------------------------------------------------------------------------------------

needing('curl', 'openssl').proxyTest(
  'curl speaks HTTP/2 by TLS and with prior knowledge, uploads and all',
  async (world) => {
    const secure = await tlsProxy(world, site);
    const port = secure.port();
    const direct = ['-sS', '--noproxy', '*'];
    const args = [...direct, '--http2', '--cacert', site.ca.certFile, '--resolve', `a.test:${port}:127.0.0.1`];
    const written = ['-w', '\n%{http_version} %{http_code}'];
    const got = (await run('curl', [...args, ...written, `https://a.test:${port}/a`])).toString();
    assert.match(got, /^GET \/a HTTP\/1\.1\n[\s\S]*\nx-forwarded-proto: https\n[\s\S]*\n2 200$/i);
    const { proxy } = await world.proxyTo(serve(echo));
    const url = `http://127.0.0.1:${proxy.port()}`;
    const known = [...direct, '--http2-prior-knowledge', ...written];
    assert.match((await run('curl', [...known, `${url}/b`])).toString(), /^GET \/b [\s\S]*\n2 200$/);
    const file = path.join(await world.folder(), 'upload');
    await writeFile(file, 'u'.repeat(300_000));
    const up = (await run('curl', [...known, '-T', file, `${url}/up`])).toString();
    assert.match(up, /^PUT \/up [\s\S]*\n2 200$/);
    assert.ok(up.includes('u'.repeat(300_000)), 'the body as it was sent');
    const both = await run('curl', [...direct, '--http2', ...written, `${url}/upgrade`]);
    assert.match(both.toString(), /\n1\.1 200$/, 'Upgrade: h2c is ignored');
  },
);

needing('nghttp', 'h2load').proxyTest('nghttp and h2load', async (world) => {
  const { proxy } = await world.proxyTo(serve(({ start }) => ok(start)));
  const url = `http://127.0.0.1:${proxy.port()}`;
  const seen = (await run('nghttp', ['-v', '--no-dep', `${url}/one`, `${url}/two`])).toString();
  assert.match(seen, /:status: 200/);
  for (const target of ['one', 'two']) assert.match(seen, new RegExp(`GET /${target} HTTP/1\\.1`));
  assert.doesNotMatch(seen, /RST_STREAM|error_code=[^N]/);
  const load = (await run('h2load', ['-n', '2000', '-c', '3', '-m', '20', `${url}/`])).toString();
  assert.match(load, /requests: 2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout/);
});

proxyTest("Node's own client: a hundred streams, 20 MB up and down, an abort", async (world) => {
  const { place } = await nodeServer(world, (request, response) => {
    if (request.url === '/never') return;
    request.pipe(response);
  });
  const proxy = await world.proxy({ servers: [place] });
  const session = http2.connect(`http://127.0.0.1:${proxy.port()}`, { maxSessionMemory: 100 });
  world.after(() => session.destroy());
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => exchange(session, `/${i}`, Buffer.from(`n${i}`))),
  );
  assert.deepEqual(
    answers.map(String),
    Array.from({ length: 100 }, (_, i) => `n${i}`),
  );
  const large = Buffer.alloc(20_000_000, 'large');
  assert.ok((await exchange(session, '/large', large)).equals(large));
  const before = proxy.status.exchangesTotal;
  const stream = session.request({ ':path': '/never', ':method': 'POST' });
  stream.write('x');
  await until('a request', () => proxy.status.exchangesTotal > before);
  stream.close(http2.constants.NGHTTP2_CANCEL);
  stream.on('error', () => undefined);
  assert.equal((await proxy.log.ofPath('/never')).reason, 'client-abort');
});

async function exchange(session: http2.ClientHttp2Session, url: string, body: Buffer): Promise<Buffer> {
  const stream = session.request({ ':path': url, ':method': 'POST' });
  stream.end(body);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function nodeServer(
  world: World,
  onRequest: http.RequestListener,
): Promise<{ readonly place: Place; readonly server: http.Server }> {
  // An idle connection that it closes could meet a request that cannot be sent again.
  const server = http.createServer({ keepAliveTimeout: 0 }, onRequest);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { place: { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port }, server };
}

// --- a browser -----------------------------------------------------------------------------------------------------

interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly proxy: ProxyUnderTest;
  /** What the application has seen, with the bytes of its body. */
  readonly seen: { readonly url: string; bytes: number; aborted: boolean }[];
}

const images = Array.from({ length: 50 }, (_, i) => `<img src="/image/${i}">`).join('');
const image = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** A browser on a page of an application behind HTTP/2. */
async function visit(world: World): Promise<Visit> {
  const seen: Visit['seen'] = [];
  const { place } = await nodeServer(world, (request, response) => {
    const entry = { url: request.url ?? '', bytes: 0, aborted: false };
    seen.push(entry);
    request.on('data', (chunk: Buffer) => (entry.bytes += chunk.length));
    response.on('close', () => (entry.aborted = !response.writableFinished));
    answer(request, response);
  });
  const sockets = await webSocketServer(world, (socket) =>
    socket.on('message', (data: Buffer) => socket.send(`back ${data.toString()}`)),
  );
  const folder = await world.folder();
  const certificate = await issue(await makeCa(folder), { names: ['www.example.test'] });
  const proxy = await world.proxy({
    pools: { main: { servers: [place] }, sockets: { servers: [sockets.place] } },
    routes: [{}, { path: '/socket', pool: 'sockets' }],
    tls: tlsPlan([certificate]),
  });
  const browser = await startBrowser(world);
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`https://www.example.test:${proxy.port()}/`);
  return { page, context, proxy, seen };
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  const { url = '' } = request;
  if (url === '/') response.setHeader('Content-Type', 'text/html').end(`<body>${images}</body>`);
  else if (url.startsWith('/image/')) setTimeout(() => response.setHeader('Content-Type', 'image/gif').end(image), 20);
  else if (url === '/upload') request.on('end', () => response.end('taken'));
  else if (url === '/endless') response.write('begin');
  else if (url === '/events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (let i = 1; i <= 3; i++) setTimeout(() => response.write(`data: event ${i}\n\n`), 30 * i);
  } else response.end('ok');
}

const chromium = needing('chromium', 'openssl');

chromium.proxyTest(
  'a browser: a page with 50 images, an upload, a fetch that is cancelled, events, a WebSocket',
  async (world) => {
    const { page, proxy, seen } = await visit(world);
    const loaded = await page.evaluate(
      `[...document.images].every((image) => image.complete && image.naturalWidth === 1) && document.images.length`,
    );
    assert.equal(loaded, 50);
    assert.equal(
      await page.evaluate(
        `performance.getEntriesByType('resource').filter((e) => e.nextHopProtocol === 'h2').length >= 50`,
      ),
      true,
    );
    const upload = `fetch('/upload', { method: 'POST', body: new Uint8Array(3_000_000) }).then((r) => r.text())`;
    assert.equal(await page.evaluate(upload), 'taken');
    assert.equal(seen.find(({ url }) => url === '/upload')!.bytes, 3_000_000);
    const cancelled = `(async () => {
    const control = new AbortController();
    const response = await fetch('/endless', { signal: control.signal });
    const reader = response.body.getReader();
    await reader.read();
    control.abort();
    return reader.read().then(() => 'went on', (error) => error.name);
  })()`;
    assert.equal(await page.evaluate(cancelled), 'AbortError');
    await until('the abort at the server', () => seen.find(({ url }) => url === '/endless')!.aborted);
    const events = `new Promise((resolve) => {
    const heard = [];
    const source = new EventSource('/events');
    source.onmessage = ({ data }) => {
      heard.push(data);
      if (heard.length === 3) resolve((source.close(), heard));
    };
  })`;
    assert.deepEqual(await page.evaluate(events), ['event 1', 'event 2', 'event 3']);
    const socket = `new Promise((resolve, reject) => {
    const socket = new WebSocket('wss://' + location.host + '/socket');
    socket.onopen = () => socket.send('hello');
    socket.onmessage = ({ data }) => resolve(data);
    socket.onerror = () => reject(new Error('refused'));
  })`;
    assert.equal(await page.evaluate(socket), 'back hello');
    assert.equal(proxy.status.tunnels, 1);
    const { protocol } = (await proxy.log.ofPath('/upload')) as { protocol?: string };
    assert.equal(protocol, 'HTTP/2.0');
    await page.close();
    const line = await proxy.log.ofPath('/socket');
    assert.deepEqual([(line as { protocol?: string }).protocol, line.status], ['HTTP/2.0', 101]);
  },
);
