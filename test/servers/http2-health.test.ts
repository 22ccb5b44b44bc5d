import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { folderFor, until } from '../cli/command.ts';
import { issue, makeCa } from '../harness/certificates.ts';
import { needing } from '../harness/peers/needing.ts';
import { freePort } from '../harness/free-port.ts';
import { CheckedSite } from './checked-site.ts';
import { NginxServer } from './nginx-server.ts';

const openssl = needing('openssl');
const nginx = needing('nginx');

/** `every` bounds each check, too: it takes a stall of three such for a good server to be down. */
const often = 'every: 1s, fastEvery: 100ms, downEvery: 100ms, rise: 2, fall: 3';

interface Http2Site {
  readonly port: number;
  /** That are open. */
  readonly sessions: ReadonlySet<http2.Http2Session>;
  /** Protocol and path of each request. */
  readonly asked: string[];
  status: number;
}

/** A server that answers `/health` with a status, and `/load` with 30. With `secure` by TLS, where it speaks HTTP/1 too if it is told to. */
async function serverFor(t: TestContext, secure?: http2.SecureServerOptions): Promise<Http2Site> {
  const sessions = new Set<http2.Http2Session>();
  const server = secure === undefined ? http2.createServer() : http2.createSecureServer(secure);
  const site = { port: 0, sessions, asked: [] as string[], status: 200 };
  server.on('session', (session: http2.Http2Session) => {
    sessions.add(session);
    session.on('error', () => {}).on('close', () => sessions.delete(session));
  });
  server.on('request', (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => {
    site.asked.push(`${request.httpVersion} ${request.url}`);
    response.on('error', () => {});
    response.writeHead(request.url === '/health' ? site.status : 200, { 'x-ready': 'yes' });
    response.end(request.url === '/load' ? '30\n' : 'all is well');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  site.port = (server.address() as AddressInfo).port;
  return site;
}

async function status(site: CheckedSite): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${site.port}/`, { headers: { connection: 'close' } });
  await response.arrayBuffer();
  return response.status;
}

const page = `path: /health, expect: { status: 200, body: well, header: { X-Ready: "yes" } }`;

test('servers that speak HTTP/2 alone are checked by HTTP/2, and their load is asked for by it', async (t) => {
  const [one, two] = [await serverFor(t), await serverFor(t)];
  const servers = [one, two].map(({ port }) => `"h2c://127.0.0.1:${port}"`).join(', ');
  const pool = `app: { servers: [${servers}], health: { ${page}, ${often} }, load: { path: /load, every: 100ms } }`;
  const site = await CheckedSite.start(t, folderFor(t), pool);
  await site.settled(['up', /^answered 200$/], ['up', /^answered 200$/]);
  assert.equal(await status(site), 200);
  one.status = 503;
  await site.settled(['down', /^answered 503, expected 200$/], ['up', /^answered 200$/]);
  const before = two.asked.filter((each) => each === '2.0 /').length;
  assert.deepEqual([await status(site), await status(site)], [200, 200]);
  assert.equal(two.asked.filter((each) => each === '2.0 /').length, before + 2);
  one.status = 200;
  await site.settled(['up', /^answered 200$/], ['up', /^answered 200$/]);
  assert.ok(two.asked.includes('2.0 /load'));
  // Of checks none is left: what is open carries requests.
  await until(
    () => (one.sessions.size <= 1 && two.sessions.size <= 1 ? true : undefined),
    () => `${one.sessions.size} and ${two.sessions.size} are open`,
  );
});

nginx.test('nginx that speaks HTTP/2 without TLS goes down and comes back', async (t) => {
  const cwd = folderFor(t);
  const server = await NginxServer.start(t, cwd, await freePort(), ' http2');
  const health = `health: { path: /health, expect: { body: well }, ${often} }`;
  const site = await CheckedSite.start(t, cwd, `app: { servers: ["h2c://127.0.0.1:${server.port}"], ${health} }`);
  await site.settled(['up', /^answered 200$/]);
  await server.kill();
  await site.settled(['down', /^connection refused$/]);
  await server.begin('return 200 "sick";');
  await site.settled(['down', /^answered 200, but its body is not as expected$/]);
  await server.kill();
  await server.begin();
  await site.settled(['up', /^answered 200$/]);
});

nginx.test('a reload to another protocol of a pool is one of its checks, too', async (t) => {
  const cwd = folderFor(t);
  const server = await NginxServer.start(t, cwd, await freePort());
  const pool = (protocol: string): string =>
    `app: { protocol: ${protocol}, servers: ["http://127.0.0.1:${server.port}"], health: { path: /health, ${often} } }`;
  const site = await CheckedSite.start(t, cwd, pool('http1'));
  await site.settled(['up', /^answered 200$/]);
  await site.become(t, pool('http2'));
  await site.settled(['down', /^no answer by HTTP\/2: it speaks HTTP\/1$/]);
  await site.become(t, pool('auto'));
  await site.settled(['up', /^answered 200$/]);
});

openssl.test('checks by HTTP/2 and TLS believe whom requests believe', async (t) => {
  const cwd = folderFor(t);
  const ca = await makeCa(cwd);
  const own = await issue(ca, { names: ['app.test'] });
  const client = await issue(ca, { names: ['client.test'] });
  const pair = { cert: readFileSync(own.certFile), key: readFileSync(own.keyFile) };
  const one = await serverFor(t, pair);
  const asking = await serverFor(t, { ...pair, ca: ca.cert, requestCert: true, rejectUnauthorized: true });
  const both = await serverFor(t, { ...pair, allowHTTP1: true });
  const old = https.createServer(pair);
  old.listen(0, '127.0.0.1');
  await once(old, 'listening');
  t.after(() => void old.close());
  const pool = ({ port }: Pick<Http2Site, 'port'>, more: string, protocol = 'http2'): string =>
    `{ protocol: ${protocol}, servers: ["https://127.0.0.1:${port}"], tls: { ca: ${ca.certFile}, ${more} }, health: { ${page}, ${often} } }`;
  const pools = [
    pool(one, 'serverName: app.test'),
    pool(one, 'serverName: other.test'),
    pool(one, `serverName: app.test, pins: ["sha256/${'A'.repeat(43)}="]`),
    pool(asking, 'serverName: app.test'),
    pool(asking, `serverName: app.test, certificate: { cert: ${client.certFile}, key: ${client.keyFile} }`),
    pool({ port: (old.address() as AddressInfo).port }, 'serverName: app.test'),
    pool(both, 'serverName: app.test'),
  ].map((each, i) => `${'abcdefg'[i]}: ${each}`);
  const routes = [...'abcdefg'].map((name) => `{ path: /${name}/, to: ${name} }`).join(', ');
  const site = await CheckedSite.start(
    t,
    cwd,
    `${pools.join(', ')}, h: ${pool(both, 'serverName: app.test', 'auto')}`,
    `${routes}, { to: h }`,
  );
  await site.settled(
    ['up', /^answered 200$/],
    ['down', /other\.test/],
    ['down', /none of tls\.pins/],
    ['down', /asks for a certificate of the client|EPIPE|ECONNRESET|closed the connection/],
    ['up', /^answered 200$/],
    ['down', /HTTP\/2|none of h2/],
    ['up', /^answered 200$/],
    ['up', /^answered 200$/],
  );
  assert.deepEqual([...new Set(both.asked)].toSorted(), ['1.1 /health', '2.0 /health']);
});
