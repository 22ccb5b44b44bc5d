// A data thread, as far as its access log goes: writes lines with numbers, reopens and closes when told to.
// Run as a worker, or as a process of its own whose standard output is the log.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../src/core/clock.ts';
import { openAccessLog, type AccessLog } from '../src/proxy/access-log/access-log.ts';
import { exchangeOf } from '../src/proxy/access-log/test-exchange.ts';
import type { AccessLogPlan } from '../src/proxy/plan.ts';

/** What a thread is started with. */
export interface ThreadWork {
  readonly thread: number;
  readonly lines: number;
  readonly to: AccessLogPlan['to'];
}

/** How many lines a turn of the event loop writes. */
const burst = 50;

async function work({ thread, lines, to }: ThreadWork): Promise<void> {
  const warn = (message: string): void => console.error(message);
  const log = await openAccessLog({ format: 'json', to, mask: [], rotate: undefined }, { clock: systemClock, log: { debug: warn, info: warn, warn, error: warn } });
  parentPort?.on('message', () => void log.reopen().then(() => parentPort?.postMessage('reopened')));
  for (let from = 0; from < lines; from += burst) {
    for (let i = from; i < Math.min(lines, from + burst); i++) log.record(exchangeOf({ id: `t${thread}-${i}`, path: `/${'x'.repeat(i % 300)}` }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await finish(log);
}

async function finish(log: AccessLog): Promise<void> {
  await log.close();
  const result = { written: log.written, dropped: log.dropped };
  if (parentPort === null) console.error(JSON.stringify(result));
  else parentPort.postMessage(result);
}

function workOf(data: unknown): ThreadWork {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- comes from the test
  return data as ThreadWork;
}

await work(workOf(isMainThread ? JSON.parse(process.argv[2] ?? '{}') : workerData));
