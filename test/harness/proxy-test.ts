import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import type { PlanSpec } from './plan-of.ts';
import { ProxyUnderTest } from './proxy-under-test.ts';
import { RawPeer } from './raw-peer.ts';
import { RawServer, type Script } from './raw-server.ts';
import { until } from './until.ts';

/** What one test has started: all of it ends with the test. */
export class World {
  readonly #proxies: ProxyUnderTest[] = [];
  readonly servers: RawServer[] = [];
  readonly #clients: RawPeer[] = [];
  readonly #endings: (() => unknown)[] = [];
  /** Not 0 where a test before this one failed and left some. */
  readonly #socketsBefore: number = openSockets().length;
  #folder: string | undefined;

  async proxy(spec: PlanSpec): Promise<ProxyUnderTest> {
    const proxy = await ProxyUnderTest.start(spec);
    this.#proxies.push(proxy);
    return proxy;
  }

  async server(script: Script, socketPath?: string): Promise<RawServer> {
    const server = await RawServer.start(script, socketPath);
    this.servers.push(server);
    return server;
  }

  /** A proxy before one server. */
  async proxyTo(script: Script, spec: PlanSpec = {}): Promise<{ proxy: ProxyUnderTest; server: RawServer }> {
    const server = await this.server(script);
    return { server, proxy: await this.proxy({ servers: [server], ...spec }) };
  }

  /** Connects to a proxy, or to a port or a unix socket. */
  async client(to: ProxyUnderTest | number | string, options: Partial<net.TcpNetConnectOpts> = {}): Promise<RawPeer> {
    const where = typeof to === 'string' ? { path: to } : { host: '127.0.0.1', port: portOf(to), ...options };
    const socket = net.connect({ ...where, allowHalfOpen: true });
    const peer = new RawPeer(socket);
    this.#clients.push(peer);
    await until('a connection to the proxy', () => !socket.connecting);
    return peer;
  }

  /** Like `client`, and sends this at once. */
  async send(to: ProxyUnderTest | number, bytes: string | Buffer): Promise<RawPeer> {
    const peer = await this.client(to);
    peer.send(bytes);
    return peer;
  }

  /** A temporary folder, which goes with the test. */
  async folder(): Promise<string> {
    this.#folder ??= await mkdtemp(path.join(tmpdir(), 'postern-'));
    return this.#folder;
  }

  /** To be done at the end, the last first. */
  after(ending: () => unknown): void {
    this.#endings.unshift(ending);
  }

  /** When the clients have gone, nothing may be left of what they asked for; when the proxies have stopped, nothing at all. */
  async check(): Promise<void> {
    for (const ending of this.#endings.splice(0)) await ending();
    for (const client of this.#clients) client.reset();
    for (const proxy of this.#proxies) if (proxy.status.listeners.length > 0) await proxy.checkQuiet();
    for (const proxy of this.#proxies) await proxy.stop();
    for (const server of this.servers) await server.stop();
    const failures = this.servers.flatMap((server) => server.failures);
    assert.deepEqual(failures, [], 'failures of a server script');
    await until('an end of all sockets', () => openSockets().length <= this.#socketsBefore);
  }

  /** Ends everything that is still there. */
  async end(): Promise<void> {
    for (const ending of this.#endings) await ending();
    for (const client of this.#clients) client.reset();
    for (const proxy of this.#proxies) await proxy.discard();
    for (const server of this.servers) await server.stop();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true });
  }
}

function portOf(to: ProxyUnderTest | number): number {
  return typeof to === 'number' ? to : to.port();
}

function openSockets(): string[] {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'));
}

/**
 * A test of the whole proxy over real sockets. However it ends, everything that it started is ended; and where it passes,
 * no connection, exchange, socket or internal error may be left behind. (An uncaught exception fails it by node:test.)
 */
export function proxyTest(name: string, run: (world: World) => Promise<void>): void {
  void test(name, { timeout: 120_000 }, async () => {
    const world = new World();
    try {
      await run(world);
      await world.check();
    } finally {
      await world.end();
    }
  });
}
