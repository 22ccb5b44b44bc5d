// The thread of watchdog.ts.
import { workerData } from 'node:worker_threads';

import { writeFind } from './regressions.ts';

const { memory, target, patienceMs } = workerData as { memory: SharedArrayBuffer; target: string; patienceMs: number };
const numbers = new Int32Array(memory, 0, 2);
let [last, since] = [-1, performance.now()];

setInterval(() => {
  const now = Atomics.load(numbers, 0);
  if (now !== last) [last, since] = [now, performance.now()];
  if (performance.now() - since < patienceMs) return;
  const input = Buffer.from(memory, 8, numbers[1]).toString('latin1');
  const file = writeFind({ name: `It ran for more than ${patienceMs} ms`, target, input }, now);
  process.stderr.write(`${target}: it ran for more than ${patienceMs} ms: see ${file}\n`);
  process.kill(process.pid, 'SIGKILL');
}, 1000);
