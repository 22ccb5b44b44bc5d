/** Reloads under load: nobody notices. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext } from 'node:test';
import { promisify } from 'node:util';

import { WebSocket, WebSocketServer } from 'ws';

import { callAdmin } from '../../src/control/admin/admin-client.ts';
import { needing } from '../harness/peers/needing.ts';
import { addressOf, start, until } from './command.ts';
import { site } from './site.ts';

const execute = promisify(execFile);

/** `RELOADS=200` is the long run. */
const reloads = Number(process.env['RELOADS'] ?? 20);
const tunnels = 100;

/** A web server that also speaks WebSocket, and echoes. */
async function echoServer(t: TestContext): Promise<string> {
  const server = createServer((_, response) => response.end('hello'));
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const each of sockets.clients) each.terminate();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function tunnelTo(t: TestContext, url: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  t.after(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

async function echoes(socket: WebSocket, text: string): Promise<void> {
  const answer = once(socket, 'message');
  socket.send(text);
  const [data] = await answer;
  assert.equal(String(data), text);
}

/** The pool stays as it is; a route comes and goes, and a limit changes. */
function configOf(to: string, round: number): string {
  const more = round % 2 === 0 ? '' : `  - { host: "round-${round}.test", to: app }\n`;
  return `listeners: { web: { address: "127.0.0.1:0" } }
admin: { socket: ctl.sock }
accessLog: false
threads: 2
connections: { total: ${1000 + (round % 2)} }
pools: { app: { servers: ["${to}"] } }
routes:
  - { name: all, to: app }
${more}`;
}

needing('wrk').test(`${reloads} reloads under load lose no request and none of ${tunnels} WebSockets`, async (t) => {
  const to = await echoServer(t);
  const { cwd, write } = site(t, to);
  write(configOf(to, 0));
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  const sockets = await Promise.all(Array.from({ length: tunnels }, () => tunnelTo(t, url)));
  const load = { over: false };
  const wrk = execute('wrk', ['-t1', '-c64', `-d${Math.ceil(reloads / 4) + 2}s`, '--timeout', '20s', url]);
  void wrk.finally(() => (load.over = true));
  for (let round = 1; round <= reloads; round++) {
    write(configOf(to, round));
    // oxlint-disable-next-line no-await-in-loop -- one reload after the other
    const answer = await callAdmin(join(cwd, 'ctl.sock'), {
      method: 'POST',
      path: '/api/v1/reload',
      timeoutMs: 60_000,
    });
    const { changed, report } = answer.body as { changed: boolean; report: { kept: { tunnels: number } } };
    assert.ok(answer.status === 200 && changed, JSON.stringify(answer));
    assert.equal(report.kept.tunnels, tunnels);
    // oxlint-disable-next-line no-await-in-loop
    await echoes(sockets[round % tunnels]!, `round ${round}`);
  }
  const { stdout } = await wrk;
  assert.doesNotMatch(stdout, /Non-2xx|Socket errors/, stdout);
  assert.match(stdout, /[1-9]\d* requests in/);
  await Promise.all(sockets.map((socket, i) => echoes(socket, `last ${i}`)));
  await until(
    () => (load.over ? true : undefined),
    () => 'the end of the load',
  );
});
