// A data thread, as far as its access log goes: writes lines with numbers, reopens and closes when told to.
// Run as a worker, or as a process of its own whose standard output is the log.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../src/core/clock.ts';
import { openAccessLog, type AccessLog } from '../src/proxy/access-log/access-log.ts';
import { exchangeOf } from '../src/proxy/access-log/fixtures.test.ts';
import type { AccessLogPlan } from '../src/proxy/plan.ts';

/** What a thread is started with. */
export interface ThreadWork {
  readonly thread: number;
  readonly lines: number;
  readonly to: AccessLogPlan['to'];
}

/** How many lines a turn of the event loop writes. */
const burst = 50;
const mostUnderWay = 3000;

async function work({ thread, lines, to }: ThreadWork): Promise<void> {
  const warn = (message: string): void => void process.stderr.write(`${message}\n`);
  const log = await openAccessLog(
    { format: 'json', to, mask: [], rotate: undefined },
    { clock: systemClock, log: { debug: warn, info: warn, warn, error: warn } },
  );
  parentPort?.on('message', () => void log.reopen().then(() => parentPort?.postMessage('reopened')));
  for (let from = 0; from < lines; from += burst) {
    for (let i = from; i < Math.min(lines, from + burst); i++)
      log.record(exchangeOf({ id: `t${thread}-${i}`, path: `/${'x'.repeat(i % 300)}` }));
    await (to.kind === 'file' ? caughtUp(log, from) : nextTurn());
  }
  await finish(log);
}

/** A busy machine must not make lines be dropped where a test counts them: waits while too many are under way, 10 s at most. */
async function caughtUp(log: AccessLog, recorded: number): Promise<void> {
  const end = Date.now() + 10_000;
  do await nextTurn();
  while (recorded - log.written - log.dropped > mostUnderWay && Date.now() < end);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function finish(log: AccessLog): Promise<void> {
  await log.close();
  const result = { written: log.written, dropped: log.dropped };
  if (parentPort === null) endWith(result);
  else parentPort.postMessage(result);
}

/** Last words of a process of its own. */
function endWith(result: object): never {
  process.stderr.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}

function workOf(data: unknown): ThreadWork {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- comes from the test
  return data as ThreadWork;
}

await work(workOf(isMainThread ? JSON.parse(process.argv[2] ?? '{}') : workerData));
