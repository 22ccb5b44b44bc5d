import { setTimeout as sleep } from 'node:timers/promises';

import type { Scene, Servers } from './servers.ts';

export const faultNames = ['none', 'kill', 'stop', '500', 'restart', 'reset', 'slow'] as const;
export type FaultName = (typeof faultNames)[number];

/** What befalls the servers while a proxy is loaded. */
export interface Fault {
  readonly name: FaultName;
  readonly title: string;
  readonly scene: Scene;
  /** Does it, from the beginning of the load; all is well again when it resolves, `ms` later at most. */
  strike(servers: Servers, ms: number): Promise<void>;
}

/** Beside servers that answer within a millisecond. */
const slowMs = 100;
/** Shares of a run: all is well, then the fault lasts, then all is well again. */
const lead = 1 / 4;
const length = 3 / 8;

const bare: Scene = { shim: false, requestsPerConnection: 1_000_000 };
const shimmed: Scene = { shim: true, requestsPerConnection: 1_000_000 };
const shortLived: Scene = { shim: true, requestsPerConnection: 20 };

/** Something that is so from a quarter of the run on, for three eighths of it. */
function lasting(begin: (servers: Servers) => unknown, end: (servers: Servers) => unknown): Fault['strike'] {
  return async (servers, ms) => {
    await sleep(ms * lead);
    try {
      await begin(servers);
      await sleep(ms * length);
    } finally {
      await end(servers);
    }
  };
}

/** Each goes when it has answered what it has, is away for a moment, and has then time to be found again. */
async function restartEach(servers: Servers, ms: number): Promise<void> {
  const step = ms / (servers.count + 1);
  await sleep(step / 2);
  for (let at = 0; at < servers.count; at++) {
    const next = performance.now() + step;
    await servers.quit(at);
    await sleep(step / 8);
    await servers.start(at);
    await sleep(Math.max(0, next - performance.now()));
  }
}

/** In the order in which they are measured. */
export const faults: readonly Fault[] = [
  {
    name: 'none',
    title: 'all is well, for comparison',
    scene: bare,
    strike: () => Promise.resolve(),
  },
  {
    name: 'kill',
    title: 'kill -9 of one server, and its return',
    scene: bare,
    strike: lasting(
      (servers) => servers.kill(0),
      (servers) => servers.start(0),
    ),
  },
  {
    name: 'stop',
    title: 'SIGSTOP of one server, and SIGCONT',
    scene: bare,
    strike: lasting(
      (servers) => servers.signal(1, 'SIGSTOP'),
      (servers) => servers.signal(1, 'SIGCONT'),
    ),
  },
  {
    name: '500',
    title: 'one server answers 500, to checks too',
    scene: bare,
    strike: lasting(
      (servers) => servers.spoil(2, true),
      (servers) => servers.spoil(2, false),
    ),
  },
  {
    name: 'restart',
    title: 'rolling restart of all, each when it has answered what it has',
    scene: bare,
    strike: restartEach,
  },
  {
    name: 'reset',
    title: 'one server resets every tenth connection at its first request; 20 requests a connection',
    scene: shortLived,
    strike: lasting(
      (servers) => servers.tellShim('reset 10'),
      (servers) => servers.tellShim('well'),
    ),
  },
  {
    name: 'slow',
    title: `one server is 100 times slower: ${slowMs} ms an answer`,
    scene: shimmed,
    strike: lasting(
      (servers) => servers.tellShim(`slow ${slowMs}`),
      (servers) => servers.tellShim('well'),
    ),
  },
];
