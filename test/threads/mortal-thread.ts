/** A real data thread that a test can make die, by its place: an entry file, never imported. */
import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads';

import { serveThread } from '../../src/control/threads/serve-thread.ts';
import type { ThreadTask } from '../../src/control/threads/worker-link.ts';
import { createDataPlane } from '../../src/proxy/index.ts';

const { shared }: ThreadTask = workerData;

const channel = new BroadcastChannel('postern-test-die');
channel.addEventListener('message', ({ data }: { data: unknown }) => {
  if (data === shared.place) process.exit(1);
});
channel.unref();

serveThread(parentPort!, (env) => createDataPlane({ ...env, shared }));
