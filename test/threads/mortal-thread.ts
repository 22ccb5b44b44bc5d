/** A real data thread that a test can make die, by its place: an entry file, never imported. */
import { execSync } from 'node:child_process';
import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads';

import { ProxyError } from '../../src/core/errors.ts';
import { serveThread } from '../../src/control/threads/serve-thread.ts';
import type { ThreadTask } from '../../src/control/threads/worker-link.ts';
import { createDataPlane, type DataPlane } from '../../src/proxy/index.ts';

/** What a thread may be told. */
export type Order =
  | 'exit'
  /** An error that nobody catches. */
  | 'throw'
  /** An event loop that does not turn. */
  | 'loop'
  /** A call that nobody can interrupt, but that ends: long after its silence is noticed. */
  | 'block'
  /** More than V8 gives it. */
  | 'heap'
  | 'exit at the next plan'
  | 'refuse the next plan';

/** What the next plan meets. */
let onApply: (() => void) | undefined;

const orders: Readonly<Record<Order, () => void>> = {
  exit: () => process.exit(1),
  throw: () => {
    throw new Error('planted');
  },
  loop: () => {
    for (;;);
  },
  block: () => void execSync('sleep 5'),
  heap: () => {
    const kept: number[][] = [];
    for (;;) kept.push(Array.from({ length: 10_000 }, (_, i) => i));
  },
  'exit at the next plan': () => void (onApply = () => process.exit(1)),
  'refuse the next plan': () =>
    void (onApply = () => {
      onApply = undefined;
      throw new ProxyError('listen-failed', 'Cannot listen on anything: planted');
    }),
};

const { shared }: ThreadTask = workerData;

if (process.env['POSTERN_TEST_MORTAL'] === 'dies at once') process.exit(1);

const channel = new BroadcastChannel('postern-test-die');
channel.addEventListener('message', ({ data }: { data: unknown }) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- from a test
  const { place, order } = data as { place: number; order: Order };
  if (place === shared.place) setImmediate(orders[order]); // Errors of a listener are not uncaught ones.
});
channel.unref();

serveThread(parentPort!, (env): DataPlane => {
  const plane = createDataPlane({ ...env, shared });
  const { apply } = plane;
  plane.apply = async (...parameters) => {
    onApply?.();
    return await apply.apply(plane, parameters);
  };
  return plane;
});
