import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import type { World } from '../proxy-test.ts';
import { until } from '../until.ts';
import { freePort } from '../free-port.ts';

/** Answers each request after some ms, with its own number; so there are always some that it has. */
const program = `
const [port, ms, name] = process.argv.slice(1);
require('node:http')
  .createServer((request, response) => setTimeout(() => response.end(name), Number(ms)))
  .listen(Number(port), '127.0.0.1', () => process.stdout.write('listens'));
`;

/** A server in a process of its own, which can be killed with requests in its hands, and started again on the same port. */
export class KillableServer {
  readonly #name: string;
  readonly #answerMs: number;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(name: string, answerMs: number, port: number) {
    this.#name = name;
    this.#answerMs = answerMs;
    this.#port = port;
  }

  /** @param answerMs how long each answer takes. */
  static async start(world: World, name: string, answerMs: number): Promise<KillableServer> {
    const server = new KillableServer(name, answerMs, await freePort());
    world.after(() => server.kill());
    await server.begin();
    return server;
  }

  get place(): { readonly kind: 'tcp'; readonly host: string; readonly port: number } {
    return { kind: 'tcp', host: '127.0.0.1', port: this.#port };
  }

  async begin(): Promise<void> {
    const args = ['-e', program, String(this.#port), String(this.#answerMs), this.#name];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    let listens = false;
    child.stdout.once('data', () => (listens = true));
    await until(`a server on ${this.#port}`, () => listens);
  }

  /** By `kill -9`. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
