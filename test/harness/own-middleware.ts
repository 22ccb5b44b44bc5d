/** Middleware of people's own in a proxy with real sockets, as functions of the program that it is a part of. */
import assert from 'node:assert/strict';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { createProxy, type Middleware, type Proxy } from '../../src/index.ts';

export interface Site {
  readonly proxy: Proxy;
  readonly address: string;
  readonly messages: string[];
  ask(path: string, init?: RequestInit): Promise<Response>;
}

export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/** Says what it got. */
export const echo: Answering = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('Content-Type', 'application/json');
    const body = Buffer.concat(chunks).toString();
    response.end(JSON.stringify({ url: request.url, headers: request.headers, body, method: request.method }));
  });
};

/** A test of middleware in a proxy of its own, before one server. When all is over, nothing may be left of any exchange. */
export function own(
  name: string,
  middleware: readonly Middleware[],
  run: (site: Site, t: TestContext) => Promise<void>,
  answering: Answering = echo,
): void {
  void test(`middleware of one's own: ${name}`, { timeout: 120_000 }, async (t) => {
    const server = http.createServer(answering).listen(0, '127.0.0.1');
    await new Promise((resolve) => void server.once('listening', resolve));
    const messages: string[] = [];
    const log = { debug() {}, info() {}, warn: note('warn'), error: note('error') };
    function note(level: string) {
      return (message: string) => void messages.push(`${level} ${message}`);
    }
    const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const listeners = { web: { address: '127.0.0.1:0' } };
    const proxy = createProxy({ listeners, accessLog: false, routes: [{ to, middleware }] }, { log });
    t.after(async () => {
      await proxy.close({ now: true });
      server.closeAllConnections();
      server.close();
    });
    const [web] = await proxy.start();
    const { address } = web!;
    const ask: Site['ask'] = (path, init) =>
      fetch(`http://${address}${path}`, { ...init, headers: { connection: 'close', ...init?.headers } });
    await run({ proxy, address, messages, ask }, t);
    await quiet(proxy);
  });
}

/** Nothing is left of any exchange. */
async function quiet(proxy: Proxy): Promise<void> {
  let left = '';
  const look = async (): Promise<boolean> => {
    const { traffic } = await proxy.status();
    const servers = traffic!.pools.flatMap((pool) => pool.servers);
    left = JSON.stringify({ exchanges: traffic!.exchanges, servers });
    return traffic!.exchanges === 0 && servers.every(({ open, idle }) => open === idle);
  };
  for (let i = 0; i < 2000 && !(await look()); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(await look(), left);
}

/** What a server of `echo` got. */
export interface Seen {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const seen: (response: Response) => Promise<Seen> = async (response) => (await response.json()) as Seen;
