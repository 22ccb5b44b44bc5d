// A process with one thread that logs. Ends by itself when the thread has closed its log, whoever reads the log or not.
import { Worker } from 'node:worker_threads';
import type { ThreadWork } from './access-log-thread.ts';

const work: ThreadWork = JSON.parse(process.argv[2] ?? '{}');
const worker = new Worker(new URL('./access-log-thread.ts', import.meta.url), { workerData: work, stdout: true });
worker.on('message', (result) => {
  process.stderr.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
});
