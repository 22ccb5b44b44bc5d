import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Child, Children } from '../measure/children.ts';
import { findProgram } from '../measure/programs.ts';
import { nginxLaunch } from '../peers/nginx.ts';
import { fillTemplate } from './template.ts';

/** What servers a fault needs. Faults of one scene follow one another with the same processes. */
export interface Scene {
  /** The third server is reached by way of the shim. */
  readonly shim: boolean;
  /** Requests that the servers take on one connection. */
  readonly requestsPerConnection: number;
}

/** How the three servers are run. */
export interface ServersOptions extends Scene {
  readonly children: Children;
  readonly folder: string;
  readonly core: string;
}

/**
 * Addresses of their own, as servers have. A port of 127.0.0.1 could be given to a connection that a proxy tries to make to a
 * dead server: it would be connected to itself.
 */
const hosts = ['127.0.0.11', '127.0.0.12', '127.0.0.13'];
const shimHost = '127.0.0.14';
const startMs = 10_000;

/** Three nginx servers, and what can befall them. */
export class Servers {
  readonly count: number = hosts.length;
  readonly #options: ServersOptions;
  readonly #own: string[] = [];
  readonly #running: (Child | undefined)[] = [];
  #shim: Child | undefined;
  #shimAddress: string | undefined;

  private constructor(options: ServersOptions) {
    this.#options = options;
  }

  /** @throws {Error} when one does not start */
  static async open(options: ServersOptions): Promise<Servers> {
    const servers = new Servers(options);
    for (const [at, host] of hosts.entries()) {
      servers.#own.push(await freeAddress(host));
      await servers.start(at);
    }
    if (options.shim) await servers.#startShim();
    return servers;
  }

  /** Where the proxies find them. */
  get addresses(): readonly string[] {
    return this.#own.map((own, at) => (at === this.count - 1 ? (this.#shimAddress ?? own) : own));
  }

  /** Resolves when it takes connections. @throws {Error} when it does not in ten seconds */
  async start(at: number): Promise<void> {
    const { children, core, requestsPerConnection } = this.#options;
    const folder = this.#folder(at);
    mkdirSync(folder, { recursive: true });
    const address = this.#own[at]!;
    const config = fillTemplate('server.conf', {
      FOLDER: folder,
      ADDRESS: address,
      NAME: at,
      KEEPALIVE_REQUESTS: requestsPerConnection,
    });
    const child = children.start({ ...nginxLaunch(folder, config), cwd: folder, core });
    this.#running[at] = child;
    await untilOpen(address, child);
  }

  /** SIGKILL to all of its processes. */
  async kill(at: number): Promise<void> {
    this.signal(at, 'SIGKILL');
    await this.#running[at]?.end();
  }

  /** To all of its processes, the first one first. */
  signal(at: number, signal: NodeJS.Signals): void {
    for (const pid of this.#running[at]?.tree.pids() ?? []) send(pid, signal);
  }

  /** As `systemctl restart nginx` ends it: what it has is answered, then it goes. */
  async quit(at: number): Promise<void> {
    const child = this.#running[at];
    const [pid] = child?.tree.pids() ?? [];
    if (pid !== undefined) send(pid, 'SIGQUIT');
    await child?.end();
  }

  /** From now on it answers 500 to everything, or no longer. */
  spoil(at: number, broken: boolean): void {
    const file = join(this.#folder(at), 'broken');
    if (broken) writeFileSync(file, '');
    else rmSync(file, { force: true });
  }

  tellShim(line: string): void {
    this.#shim?.send(line);
  }

  async close(): Promise<void> {
    await Promise.all([this.#shim, ...this.#running].map(async (child) => child?.stop()));
  }

  #folder(at: number): string {
    return join(this.#options.folder, `server-${at}`);
  }

  async #startShim(): Promise<void> {
    const { children, core, folder } = this.#options;
    const address = await freeAddress(shimHost);
    const program = fileURLToPath(new URL('shim.ts', import.meta.url));
    const args = [program, address, this.#own.at(-1)!];
    const child = children.start({ command: process.execPath, args, cwd: folder, core });
    await untilOpen(address, child);
    this.#shim = child;
    this.#shimAddress = address;
  }
}

/** Undefined: they can be started. */
export function missingForServers(): string | undefined {
  return findProgram('nginx') === undefined
    ? 'nginx, which is the servers too: apt-get install nginx-light'
    : undefined;
}

/** One that was free a moment ago. */
async function freeAddress(host: string): Promise<string> {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return `${host}:${address !== null && typeof address === 'object' ? address.port : 0}`;
}

async function untilOpen(address: string, child: Child): Promise<void> {
  const [host = '', port = ''] = address.split(':');
  const end = performance.now() + startMs;
  while (!(await opens(host, Number(port)))) {
    if (child.ended || performance.now() > end) throw new Error(`Cannot start ${address}: ${child.complaint}`);
    await sleep(10);
  }
}

function opens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const end = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has gone by itself
  }
}
