import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import type { RunningProxy } from '../peers/running.ts';
import { runLoad } from './load.ts';
import type { WrkResult } from './wrk.ts';

/** What a round sends, and what counts as one piece of work. */
export interface Work {
  readonly path: string;
  readonly connections: number;
  /** Lua script that makes the requests of the proxy with this name; undefined: plain GETs. */
  scriptFor?(name: string): string;
  /** Makes the load in wrk's place. */
  load?(bench: Bench, proxy: RunningProxy): Promise<WrkResult>;
  /** Requests or bodies done. */
  count(result: WrkResult): number;
}

/** One round of one proxy; costs are microseconds of CPU time a piece of work. */
export interface Round {
  /** Undefined: the round is invalid. */
  readonly cpuUs: number | undefined;
  readonly systemUs: number;
  readonly perSecond: number;
  readonly p99Ms: number | undefined;
  /** Share of its core that the proxy used. */
  readonly busy: number;
  /** Bytes of access log a piece of work; undefined: none. */
  readonly logBytes: number | undefined;
  /** Why it is invalid. */
  readonly problem: string | undefined;
}

/** A log line of fewer bytes than this is none. */
const shortestLine = 40;
/** Batched log lines are written, and paid for, within this time after the load. */
const settleMs = 300;

/**
 * Every proxy once a round, the order rotated by one each time, after a warm-up of each. All of them run all the time; only the
 * one that is loaded uses CPU time.
 */
export async function runRounds(
  bench: Bench,
  proxies: readonly RunningProxy[],
  work: Work,
): Promise<ReadonlyMap<string, readonly Round[]>> {
  const results = new Map<string, Round[]>(proxies.map((proxy) => [proxy.name, []]));
  for (const proxy of proxies) await runRound(bench, proxy, work);
  for (let round = 0; round < bench.options.rounds; round++) {
    for (let turn = 0; turn < proxies.length; turn++) {
      const proxy = proxies[(round + turn) % proxies.length];
      if (proxy === undefined) continue;
      const result = await runRound(bench, proxy, work);
      if (result.problem !== undefined)
        bench.report.fail(`${proxy.name}, round ${round + 1} is invalid: ${result.problem}`);
      results.get(proxy.name)?.push(result);
    }
  }
  return results;
}

async function runRound(bench: Bench, proxy: RunningProxy, work: Work): Promise<Round> {
  proxy.emptyLog();
  const before = proxy.child.tree.cpu();
  const result = await loadProxy(bench, proxy, work);
  await sleep(settleMs);
  const after = proxy.child.tree.cpu();
  const count = work.count(result);
  const logBytes = proxy.logBytes();
  const systemUs = after.systemUs - before.systemUs;
  const cpuUs = after.userUs - before.userUs + systemUs;
  const problem = problemOf(proxy, result, logBytes);
  return {
    cpuUs: problem === undefined && count > 0 ? cpuUs / count : undefined,
    systemUs: systemUs / count,
    perSecond: count / result.seconds,
    p99Ms: result.p99Ms,
    busy: cpuUs / 1e6 / result.seconds,
    logBytes: logBytes === undefined ? undefined : logBytes / result.requests,
    problem,
  };
}

/** Loads a proxy for the length of a round. */
export function loadProxy(bench: Bench, proxy: RunningProxy, work: Work): Promise<WrkResult> {
  if (work.load !== undefined) return work.load(bench, proxy);
  const { children, options, folder } = bench;
  const script = work.scriptFor?.(proxy.name);
  const load = { url: proxy.url(work.path), connections: work.connections, seconds: options.seconds, script };
  return runLoad(children, load, options.loadCore, folder);
}

function problemOf(proxy: RunningProxy, result: WrkResult, logBytes: number | undefined): string | undefined {
  if (proxy.child.ended) return `it ended: ${proxy.child.complaint}`;
  if (result.errors !== undefined) return result.errors;
  if (result.requests === 0) return 'not one answer';
  if (logBytes !== undefined && logBytes < shortestLine * result.requests) {
    return `its access log has ${logBytes} bytes for ${result.requests} requests`;
  }
  return undefined;
}
