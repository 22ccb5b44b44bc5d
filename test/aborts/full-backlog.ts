import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import type { Place } from '../harness/plan-of.ts';

/** Listens in a thread that is then stuck: the kernel takes two connections for it, and leaves all others without an answer. */
const stuck = `
const { parentPort } = require('node:worker_threads');
const server = require('node:net').createServer();
server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

/** A server that is too busy to accept, and whose backlog is full: connecting to it never ends. */
export class FullBacklog {
  readonly place: Place;
  readonly #worker: Worker;
  readonly #fillers: readonly net.Socket[];

  private constructor(worker: Worker, port: number, fillers: readonly net.Socket[]) {
    this.place = { kind: 'tcp', host: '127.0.0.1', port };
    this.#worker = worker;
    this.#fillers = fillers;
  }

  static async start(): Promise<FullBacklog> {
    const worker = new Worker(stuck, { eval: true });
    const [port] = (await once(worker, 'message')) as [number];
    const fillers: net.Socket[] = [];
    for (let full = false; !full;) {
      const filler = net.connect({ host: '127.0.0.1', port });
      filler.on('error', () => {});
      fillers.push(filler);
      // One that does not come through at once never will: the event loop has looked at it often, however busy the machine.
      for (let looks = 0; looks < 30 && filler.connecting; looks++) await pause(10);
      full = filler.connecting;
    }
    return new FullBacklog(worker, port, fillers);
  }

  async stop(): Promise<void> {
    for (const filler of this.#fillers) filler.destroy();
    await this.#worker.terminate();
  }
}
