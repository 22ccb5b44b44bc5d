// A data thread, as far as its access log goes: writes lines with numbers, reopens and closes when told to.
// Run as a worker, or as a process of its own whose standard output is the log.
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../src/core/clock.ts';
import { openAccessLog, type AccessLog } from '../src/proxy/access-log/access-log.ts';
import { exchangeOf } from '../src/proxy/access-log/fixtures.test.ts';
import type { AccessLogPlan } from '../src/proxy/plan.ts';

/** What a thread is started with. */
export interface ThreadWork {
  readonly thread: number;
  /** How many it writes; with `reopens` at least so many. */
  readonly lines: number;
  /** It goes on writing until its log was opened anew so often; default: that is not waited for. */
  readonly reopens?: number;
  readonly to: AccessLogPlan['to'];
}

/** What it says in the end. */
export interface ThreadResult {
  readonly recorded: number;
  readonly written: number;
  readonly dropped: number;
}

/** How many lines a turn of the event loop writes. */
const burst = 50;
const mostUnderWay = 3000;

async function work({ thread, lines, reopens = 0, to }: ThreadWork): Promise<void> {
  const warn = (message: string): void => void process.stderr.write(`${message}\n`);
  const log = await openAccessLog(
    { format: 'json', to, mask: [], rotate: undefined },
    { clock: systemClock, log: { debug: warn, info: warn, warn, error: warn } },
  );
  let reopened = 0;
  const reopen = async (): Promise<void> => {
    await log.reopen();
    reopened++;
    parentPort?.postMessage('reopened');
  };
  parentPort?.on('message', () => void reopen());
  let recorded = 0;
  const line = (): void => {
    log.record(exchangeOf({ id: `t${thread}-${recorded}`, path: `/${'x'.repeat(recorded % 300)}` }));
    recorded++;
  };
  while (recorded < lines) {
    const before = recorded;
    while (recorded < Math.min(lines, before + burst)) line();
    await (to.kind === 'file' ? caughtUp(log, before) : nextTurn());
  }
  for (const end = Date.now() + 20_000; reopened < reopens && Date.now() < end; await pause(1)) line();
  await finish(log, recorded);
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

async function finish(log: AccessLog, recorded: number): Promise<void> {
  await log.close();
  const result: ThreadResult = { recorded, written: log.written, dropped: log.dropped };
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
