import { BroadcastChannel } from 'node:worker_threads';
import { setTimeout as pause } from 'node:timers/promises';

import { probeChannel, type ProbeMessage } from './probe-channel.ts';

/** The longest stalls of all data threads. */
export interface Stalls {
  readonly threads: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Asks the data threads of this process for their longest stalls since the last time. */
export class StallWatch {
  readonly #channel = new BroadcastChannel(probeChannel);
  readonly #told = new Map<number, Stalls>();

  constructor() {
    this.#channel.addEventListener('message', ({ data }: { data: ProbeMessage }) => {
      if (data.kind === 'told') this.#told.set(data.thread, { threads: 1, wallMs: data.wallMs, cpuMs: data.cpuMs });
    });
    this.#channel.unref();
  }

  async ask(threads: number): Promise<Stalls> {
    this.#told.clear();
    this.#channel.postMessage({ kind: 'ask' } satisfies ProbeMessage);
    const end = performance.now() + 5000;
    while (this.#told.size < threads && performance.now() < end) await pause(2);
    const told = [...this.#told.values()];
    const most = (of: (stalls: Stalls) => number): number => Math.max(0, ...told.map(of));
    return { threads: told.length, wallMs: most(({ wallMs }) => wallMs), cpuMs: most(({ cpuMs }) => cpuMs) };
  }

  close(): void {
    this.#channel.close();
  }
}
