import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { findProgram } from '../harness/peers/programs.ts';
import { until } from '../cli/command.ts';

const config = (folder: string, port: number, answer: string, listen: string): string => `
daemon off;
master_process off;
pid ${folder}/nginx-${port}.pid;
error_log stderr crit;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/nginx-${kind};`).join('\n  ')}
  keepalive_timeout 60s;
  server {
    listen 127.0.0.1:${port}${listen};
    location = /health { ${answer} }
    location / { return 200 "nginx ${port}"; }
  }
}
`;

/** A real server that can be killed, stopped, broken and started again, on the same port. */
export class NginxServer {
  readonly port: number;
  readonly #folder: string;
  readonly #listen: string;
  #child: ChildProcess | undefined;

  private constructor(folder: string, port: number, listen: string) {
    this.#folder = folder;
    this.#listen = listen;
    this.port = port;
  }

  /** @param listen what is said of how it listens: ` http2`, without TLS, is HTTP/2 alone. */
  static async start(t: TestContext, folder: string, port: number, listen = ''): Promise<NginxServer> {
    const server = new NginxServer(folder, port, listen);
    t.after(() => server.signal('SIGKILL'));
    await server.begin();
    return server;
  }

  /** @param answer what a check gets, in nginx's words. */
  async begin(answer = 'return 200 "well";'): Promise<void> {
    const file = join(this.#folder, `nginx-${this.port}.conf`);
    writeFileSync(file, config(this.#folder, this.port, answer, this.#listen));
    this.#child = spawn(findProgram('nginx')!, ['-p', this.#folder, '-c', file], { stdio: 'ignore' });
    await until(
      async () => ((await listens(this.port)) ? true : undefined),
      () => `nginx on ${this.port}`,
    );
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

async function listens(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = net.connect(port, '127.0.0.1');
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  const found = await promise;
  socket.destroy();
  return found;
}
