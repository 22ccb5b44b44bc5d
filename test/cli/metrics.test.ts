import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

import { needing } from '../harness/peers/needing.ts';
import { freePort } from '../harness/free-port.ts';
import { addressOf, folderFor, origin, start, until } from './command.ts';

/** What the control socket answers. */
async function ask(socketPath: string, path: string): Promise<{ status: number; type: string; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  http.get({ socketPath, path, agent: false }, resolve).on('error', reject);
  const response = await promise;
  const { statusCode = 0, headers } = response;
  return { status: statusCode, type: headers['content-type'] ?? '', body: await text(response) };
}

const config = (server: string): string => `listeners: { web: { address: "127.0.0.1:0" } }
admin: { socket: ctl.sock }
threads: 2
routes:
  - { name: shop, path: /a/, to: app }
  - { name: none, path: /dead/, to: "http://127.0.0.1:1" }
pools: { app: { servers: ["${server}"] } }
`;

/** Calls by gRPC, which a server that cannot be reached does not answer. */
async function call(url: string, path: string): Promise<void> {
  const session = http2.connect(url);
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.resume().end();
  await once(stream, 'end');
  session.close();
}

async function metricsOf(socket: string): Promise<Map<string, number>> {
  const { body } = await ask(socket, '/metrics');
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

function wrong(name: string, value: number, metrics: ReadonlyMap<string, number>): string[] {
  return metrics.get(name) === value ? [] : [`${name} ${value}, but ${metrics.get(name)}`];
}

test('metrics count requests over all threads, by route, server and reason', async (t) => {
  const server = await origin(t, 'one');
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'postern.yaml'), config(server.url));
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  const socket = join(cwd, 'ctl.sock');
  assert.deepEqual(JSON.parse((await ask(socket, '/-/ready')).body), { ready: true, phase: 'running' });
  const paths = [...Array.from({ length: 20 }, () => '/a/x'), '/dead/x', '/none'];
  for (const path of paths) {
    // oxlint-disable-next-line no-await-in-loop -- a connection for each
    await (await fetch(`${url}${path}`, { headers: { connection: 'close' } })).arrayBuffer();
  }
  await call(url, '/dead/shop.Orders/Place');
  const expected: readonly (readonly [string, number])[] = [
    ['postern_route_requests_total{route="shop",class="2xx"}', 20],
    ['postern_route_requests_total{route="none",class="5xx"}', 1],
    ['postern_route_requests_total{route="none",class="2xx"}', 1],
    ['postern_route_grpc_calls_total{route="none",status="UNAVAILABLE"}', 1],
    [`postern_server_requests_total{pool="app",server="${server.url}",class="2xx"}`, 20],
    ['postern_server_failures_total{pool="http://127.0.0.1:1",server="http://127.0.0.1:1"}', 8],
    ['postern_retries_total{pool="http://127.0.0.1:1",reason="conn-failure"}', 6],
    ['postern_retries_refused_total{pool="http://127.0.0.1:1",cause="attempts"}', 2],
    ['postern_errors_total{reason="no-route"}', 1],
    ['postern_errors_total{reason="server-refused"}', 2],
    ['postern_route_duration_seconds_count{route="shop"}', 20],
    ['postern_route_duration_seconds_bucket{route="shop",le="+Inf"}', 20],
    ['postern_connections_accepted_total', 23],
    ['postern_thread_up{thread="data-1"}', 1],
    ['postern_thread_up{thread="data-2"}', 1],
  ];
  let metrics: ReadonlyMap<string, number> = new Map();
  await until(
    async () => {
      metrics = await metricsOf(socket);
      return expected.every(([name, value]) => metrics.get(name) === value) || undefined;
    },
    () => expected.flatMap(([name, value]) => wrong(name, value, metrics)).join('; '),
  );
});

test('over TCP metrics can be read by this machine alone, and nothing can be changed', async (t) => {
  const server = await origin(t, 'one');
  const cwd = folderFor(t);
  const [port, next] = [await freePort(), await freePort()];
  const write = (at: number): void =>
    writeFileSync(
      join(cwd, 'postern.yaml'),
      config(server.url).replace('ctl.sock }', `ctl.sock, listen: "127.0.0.1:${at}" }`),
    );
  write(port);
  const running = start(t, ['run'], { cwd });
  await addressOf(running);
  const statusOf = async (path: string, init: RequestInit = {}, at = port): Promise<number> =>
    await fetch(`http://127.0.0.1:${at}${path}`, init).then(
      async (response) => (await response.text(), response.status),
      () => 0,
    );
  const opened = (at: number) => async () => ((await statusOf('/-/ready', {}, at)) === 200 ? true : undefined);
  await until(opened(port), () => 'the endpoint');
  assert.equal(await statusOf('/metrics'), 200);
  assert.equal(await statusOf('/api/v1/stop', { method: 'POST' }), 404);
  assert.equal(await statusOf('/api/v1/reload', { method: 'POST' }), 404);
  assert.equal(await statusOf('/metrics', { headers: { origin: 'https://evil.test' } }), 403);
  const { promise, resolve } = Promise.withResolvers<http.IncomingMessage>();
  http.get({ port, host: '127.0.0.1', path: '/metrics', headers: { host: 'evil.test' }, agent: false }, resolve);
  const named = await promise;
  named.resume();
  assert.equal(named.statusCode, 403);
  write(next);
  running.child.kill('SIGHUP');
  await until(opened(next), () => 'the endpoint at its new address');
  assert.equal(await statusOf('/-/ready'), 0, 'the old address is closed');
});

needing('promtool').test('promtool finds nothing wrong with the metrics, nor with the alert rules', async (t) => {
  const server = await origin(t, 'one');
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'postern.yaml'), config(server.url));
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  await (await fetch(`${url}/a/x`)).arrayBuffer();
  const { body, type, status } = await ask(join(cwd, 'ctl.sock'), '/metrics');
  assert.deepEqual([status, type], [200, 'text/plain; version=0.0.4; charset=utf-8']);
  const found = execFileSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
  assert.equal(found, '');
  const rules = join(import.meta.dirname, '../../examples/monitoring/alerts.yaml');
  assert.match(execFileSync('promtool', ['check', 'rules', rules], { encoding: 'utf8' }), /SUCCESS: 16 rules found/);
});
