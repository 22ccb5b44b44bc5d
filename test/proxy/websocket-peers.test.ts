// WebSocket as applications use it: socket.io with its fallback, and a browser.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { WebSocketServer } from 'ws';

import type { StickyPlan } from '../../src/proxy/index.ts';
import { startBrowser } from '../harness/peers/browser.ts';
import { peerTest } from '../harness/peers/peer-test.ts';
import type { Place } from '../harness/plan-of.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { until } from '../harness/until.ts';

const cookie = { name: 'srv', path: '/', domain: undefined, sameSite: 'Lax', secret: 'a secret for both' } as const;
const sticky: StickyPlan = { by: { kind: 'cookie', cookie }, maxAgeMs: 0, maxIdleMs: 0 };

async function listen(world: World, server: http.Server): Promise<Place> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** A socket.io server that says its name with each echo. */
async function socketIo(world: World, name: string): Promise<Place> {
  const server = http.createServer();
  const sockets = new Server(server, { pingInterval: 500, pingTimeout: 5000 });
  sockets.on('connection', (socket) => {
    socket.on('echo', (text: string, answer: (back: string) => void) => answer(`${name} ${text}`));
  });
  const place = await listen(world, server);
  world.after(() => sockets.close());
  return place;
}

/** A client of its own session. @param transports `polling` alone: where no WebSocket gets through. */
function connect(world: World, proxy: ProxyUnderTest, transports: string[]): Socket {
  const socket = io(`http://${proxy.authority}`, { transports, forceNew: true, withCredentials: true });
  world.after(() => socket.disconnect());
  return socket;
}

const ask = async (socket: Socket, text: string): Promise<string> =>
  (await socket.timeout(10_000).emitWithAck('echo', text)) as string;

async function site(world: World): Promise<ProxyUnderTest> {
  const servers = [await socketIo(world, 'one'), await socketIo(world, 'two')];
  return await world.proxy({ servers, pool: { sticky } });
}

proxyTest('socket.io begins with polls and becomes a WebSocket, at the server that it began with', async (world) => {
  const proxy = await site(world);
  const sockets = Array.from({ length: 6 }, () => connect(world, proxy, ['polling', 'websocket']));
  const names = await Promise.all(sockets.map((socket) => ask(socket, 'a')));
  assert.deepEqual(new Set(names), new Set(['one a', 'two a']), 'both servers have some');
  await until('all to be WebSockets', () =>
    sockets.every(({ io: { engine } }) => engine.transport.name === 'websocket'),
  );
  const after = await Promise.all(sockets.map((socket) => ask(socket, 'a')));
  assert.deepEqual(after, names);
  assert.equal(proxy.status.tunnels, 6);
});

proxyTest('where the route allows no upgrade, socket.io goes on with polls', async (world) => {
  const servers = [await socketIo(world, 'one'), await socketIo(world, 'two')];
  const proxy = await world.proxy({ servers, pool: { sticky }, routes: [{ upgrade: [] }] });
  const socket = connect(world, proxy, ['polling', 'websocket']);
  const first = await ask(socket, 'a');
  for (let i = 0; i < 10; i++) assert.equal(await ask(socket, 'a'), first);
  assert.equal(socket.io.engine.transport.name, 'polling');
  assert.equal(proxy.status.tunnels, 0);
});

proxyTest('a socket.io client that is told to go comes back by itself', async (world) => {
  const servers = [await socketIo(world, 'one')];
  const tunnel = { idleMs: undefined, maxLifeMs: 60_000, max: 0 };
  const proxy = await world.proxy({ servers, routes: [{ more: { tunnel } }] });
  const socket = connect(world, proxy, ['websocket']);
  await ask(socket, 'a');
  const { id } = socket;
  const gone = new Promise<string>((resolve) => void socket.once('disconnect', resolve));
  proxy.turnClock(60_001);
  assert.equal(await gone, 'transport close');
  assert.equal(await ask(socket, 'b'), 'one b');
  assert.notEqual(socket.id, id);
});

peerTest('a browser speaks WebSocket, and sees an orderly end with 1001', ['chromium'], async (world) => {
  const server = http.createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<title>chat</title>');
  });
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data as Buffer, { binary }));
  });
  const servers = [await listen(world, server)];
  const tunnel = { idleMs: undefined, maxLifeMs: 60_000, max: 0 };
  const proxy = await world.proxy({ servers, routes: [{ more: { tunnel } }] });
  const page = await (await startBrowser(world)).newPage();
  await page.goto(`http://chat.test:${proxy.port()}/`);
  // The page's own code: what it says is text for the browser.
  const opened = await page.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket('ws://' + location.host + '/chat');
    window.ended = new Promise((over) => (socket.onclose = ({ code, wasClean }) => over([code, wasClean])));
    const big = 'x'.repeat(300000);
    socket.onopen = () => socket.send(big);
    socket.onmessage = ({ data }) => resolve([data === big, socket.extensions]);
  })`);
  assert.deepEqual(opened, [true, '']);
  proxy.turnClock(60_001);
  assert.deepEqual(await page.evaluate('window.ended'), [1001, true]);
});
