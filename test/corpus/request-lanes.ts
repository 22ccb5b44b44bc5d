import type { LogLine } from '../harness/access-lines.ts';
import { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { judge } from './request-judge.ts';
import { valuesOf } from './request-message.ts';
import { RecordingOrigin } from './request-origin.ts';
import type { RequestOutcome } from './request-outcome.ts';
import { runRequestCase } from './request-run.ts';
import type { Trial } from './request-trials.ts';

/** Failures behind which nothing new is to be learnt: each may take as long as one waits for what never comes. */
const enough = 50;

/** A listener of the proxy and the server behind it: one case at a time, so that what is heard is of that case. */
interface Lane {
  readonly name: string;
  readonly origin: RecordingOrigin;
  /** Lines that the access log must have for this listener, in order. */
  readonly lines: { readonly trial: Trial; readonly status: number; readonly reasons: readonly string[] }[];
  failed: boolean;
}

/** One proxy in this process with as many listeners and servers as cases are tried at once. */
export class RequestLanes {
  readonly failures: string[] = [];
  readonly proxy: ProxyUnderTest;
  readonly #lanes: readonly Lane[];

  private constructor(proxy: ProxyUnderTest, lanes: readonly Lane[]) {
    this.proxy = proxy;
    this.#lanes = lanes;
  }

  static async start(count: number): Promise<RequestLanes> {
    const lanes: Lane[] = [];
    for (let i = 0; i < count; i++)
      lanes.push({ name: `lane-${i}`, origin: await RecordingOrigin.start(), lines: [], failed: false });
    const places = lanes.map(({ name, origin }) => ({
      name,
      kind: 'tcp' as const,
      host: '127.0.0.1',
      port: origin.port,
    }));
    const proxy = await ProxyUnderTest.start({
      listeners: Object.fromEntries(lanes.map(({ name }) => [name, { kind: 'tcp', host: '127.0.0.1', port: 0 }])),
      pools: Object.fromEntries(places.map(({ name, ...place }) => [name, { servers: [place] }])),
      routes: lanes.map(({ name }) => ({ listeners: [name], pool: name })),
      http2: false, // All that is sent here is HTTP/1, or pretends to be.
    });
    return new RequestLanes(proxy, lanes);
  }

  /** Tries all of them, several at once. What is not as expected goes to `failures`; where it is much, the rest is left. */
  async try(trials: Iterable<Trial>): Promise<void> {
    const queue = trials[Symbol.iterator]();
    await Promise.all(this.#lanes.map((lane) => this.#run(lane, queue)));
  }

  /** Ends everything and compares the access log with what it must say of all trials. Nothing may be left behind. */
  async stop(): Promise<void> {
    await this.proxy.checkQuiet();
    await this.proxy.stop();
    this.#compareLog(this.proxy.log.read());
  }

  /** Ends everything, whatever the state. */
  async discard(): Promise<void> {
    await this.proxy.discard();
    for (const { origin } of this.#lanes) await origin.stop();
  }

  async #run(lane: Lane, queue: Iterator<Trial>): Promise<void> {
    const place = { port: this.proxy.port(lane.name), origin: lane.origin };
    for (let next = queue.next(); next.done !== true && this.failures.length < enough; next = queue.next()) {
      const trial = next.value;
      const outcome = await runRequestCase(trial.one, place, trial.cuts);
      const { verdict, words } = judge(trial.one, outcome);
      if (verdict !== 'as-expected') this.#fail(lane, trial, `${verdict}: ${words}`);
      else if (!saysClose(trial, outcome)) this.#fail(lane, trial, 'the refusal does not say Connection: close');
      expectLines(lane, trial);
    }
  }

  #fail(lane: Lane, { one, how }: Trial, words: string): void {
    lane.failed = true;
    this.failures.push(`${one.name} (${one.source}), ${how}: ${words}`);
  }

  /** A lane with a failure may have more lines or fewer: there they tell nothing. */
  #compareLog(log: readonly (LogLine & { readonly listener?: string })[]): void {
    const byLane = Map.groupBy(log, ({ listener }) => listener ?? '');
    for (const lane of this.#lanes) {
      if (lane.failed) continue;
      const found = byLane.get(lane.name) ?? [];
      const at = lane.lines.findIndex(({ status, reasons }, i) => !agrees(found[i], status, reasons));
      if (at >= 0) this.#fail(lane, lane.lines[at]!.trial, `the log line says ${JSON.stringify(found[at])}`);
      else if (found.length > lane.lines.length) {
        const extra = JSON.stringify(found[lane.lines.length]);
        this.failures.push(`the access log has more lines than cases, for one ${extra}`);
      }
    }
  }
}

/** Behind a refusal nothing is read any more, and the client must know. */
function saysClose({ one }: Trial, { answers }: RequestOutcome): boolean {
  if (one.refused === undefined || one.refused.status === 0) return true;
  return valuesOf(answers.at(-1)!.lines, 'connection').includes('close');
}

/** A line for each request that passed, and one for a refusal: without an answer only where a reason is expected. */
function expectLines({ lines }: Lane, trial: Trial): void {
  const { passed, refused } = trial.one;
  for (let i = 0; i < passed.length; i++) lines.push({ trial, status: 200, reasons: [] });
  if (refused === undefined || (refused.status === 0 && refused.reason === undefined)) return;
  lines.push({ trial, status: refused.status === 0 ? 499 : refused.status, reasons: [refused.reason ?? []].flat() });
}

function agrees(line: LogLine | undefined, status: number, reasons: readonly string[]): boolean {
  if (line?.status !== status) return false;
  return status === 200 ? line.reason === undefined : reasons.length === 0 || reasons.includes(line.reason ?? '');
}
