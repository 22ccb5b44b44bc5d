import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { WebSocket, WebSocketServer } from 'ws';

import { callAdmin } from '../../src/control/admin/admin-client.ts';
import { needing } from '../harness/peers/needing.ts';
import { addressOf, endsWell, folderFor, type Running, start, until } from './command.ts';

const { test } = needing();

/** A server that speaks WebSocket and nothing else. @returns its URL. */
async function server(t: TestContext): Promise<string> {
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  await once(sockets, 'listening');
  t.after(() => {
    for (const each of sockets.clients) each.terminate();
    sockets.close();
  });
  return `http://127.0.0.1:${(sockets.address() as AddressInfo).port}`;
}

/** A Postern with two threads before two of them. */
class Site {
  readonly cwd: string;
  readonly servers: readonly string[];
  readonly running: Running;
  readonly url: string;

  constructor(parts: Pick<Site, 'cwd' | 'servers' | 'running' | 'url'>) {
    this.cwd = parts.cwd;
    this.servers = parts.servers;
    this.running = parts.running;
    this.url = parts.url;
  }

  static async start(t: TestContext): Promise<Site> {
    const cwd = folderFor(t);
    const servers = [await server(t), await server(t)];
    const config = `listeners: { web: { address: "127.0.0.1:0" } }
admin: { socket: ctl.sock }
threads: 2
accessLog: { file: access.log }
routes: [{ to: app }]
pools: { app: { servers: [${servers.map((url) => `"${url}"`).join(', ')}] } }
`;
    writeFileSync(join(cwd, 'postern.yaml'), config);
    const running = start(t, ['run'], { cwd });
    return new Site({ cwd, servers, running, url: await addressOf(running) });
  }

  /** So many WebSockets, and the codes with which they are closed. */
  async sockets(t: TestContext, count: number): Promise<{ sockets: readonly WebSocket[]; codes: number[] }> {
    const codes: number[] = [];
    const sockets = Array.from({ length: count }, () => new WebSocket(this.url.replace('http', 'ws')));
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    for (const socket of sockets) socket.on('close', (code) => codes.push(code));
    t.after(() => sockets.forEach((socket) => socket.terminate()));
    return { sockets, codes };
  }

  async say(what: 'drain' | 'maint', url: string): Promise<void> {
    const path = `/api/v1/servers/${what}`;
    const asked = { method: 'POST' as const, path, timeoutMs: 60_000, body: { pool: 'app', server: url } };
    assert.equal((await callAdmin(join(this.cwd, 'ctl.sock'), asked)).status, 200);
  }
}

test('the WebSockets of a server that drains are closed with 1001, and no others', async (t) => {
  const site = await Site.start(t);
  const { sockets, codes } = await site.sockets(t, 12);
  await site.say('drain', site.servers[0]!);
  await until(
    async () => codes.length === 6 || undefined,
    () => `6 to be closed: ${codes.length}`,
  );
  assert.deepEqual(codes, [1001, 1001, 1001, 1001, 1001, 1001]);
  assert.equal(sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length, 6);
  site.running.child.kill('SIGTERM');
  await endsWell(site.running);
  await until(
    async () => codes.length === 12 || undefined,
    () => `12 to be closed: ${codes.length}`,
  );
});

test('SIGTERM closes all WebSockets with 1001, and the process ends when they are', async (t) => {
  const site = await Site.start(t);
  const { codes } = await site.sockets(t, 20);
  const begun = performance.now();
  site.running.child.kill('SIGTERM');
  await endsWell(site.running);
  assert.ok(performance.now() - begun < 25_000, 'long before the end of the grace');
  await until(
    async () => codes.length === 20 || undefined,
    () => `20 to be closed: ${codes.length}`,
  );
  assert.deepEqual(new Set(codes), new Set([1001]));
});
