import { spreadOf } from '../measure/statistics.ts';
import type { Verdict } from '../report/report.ts';
import type { FaultName } from './fault.ts';
import { errorsOf, type LoadResult } from './load.ts';
import type { ProxyName } from './proxies.ts';

/** One proxy through one fault. */
export interface Summary {
  readonly fault: FaultName;
  readonly proxy: ProxyName;
  /** Medians of its runs. */
  readonly errors: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  /** The worst of its runs. */
  readonly mostErrors: number;
  readonly maxMs: number;
  /** The errors of all runs, in words. */
  readonly kinds: string;
}

/** Our p99 against that of the better of the two others. */
const allowed = 1.2;
const kinds = ['connect', 'read', 'write', 'timeout', 'status'] as const;

/** @throws {RangeError} without a run */
export function summarize(fault: FaultName, proxy: ProxyName, runs: readonly LoadResult[]): Summary {
  const errors = spreadOf(runs.map(errorsOf));
  const p99 = spreadOf(runs.map((run) => run.p99));
  const longest = spreadOf(runs.map((run) => run.max));
  const rate = spreadOf(runs.map((run) => run.requests / (run.us / 1e6)));
  if (!errors || !p99 || !longest || !rate) throw new RangeError(`Cannot sum up ${fault}: ${proxy} has no run`);
  return {
    fault,
    proxy,
    errors: errors.median,
    mostErrors: errors.max,
    p99Ms: p99.median / 1000,
    maxMs: longest.max / 1000,
    perSecond: rate.median,
    kinds: kindsOf(runs),
  };
}

/** What Postern is held to in one fault; none where it was not measured. */
export function judge(fault: FaultName, summaries: readonly Summary[]): readonly Verdict[] {
  const here = summaries.filter((summary) => summary.fault === fault);
  const ours = here.find(({ proxy }) => proxy === 'postern');
  if (ours === undefined) return [];
  const verdicts: Verdict[] = [{ what: `${fault}: errors of GETs`, value: ours.mostErrors, limit: 0, unit: '' }];
  const others = here.filter((summary) => summary !== ours);
  if (others.length === 0) return verdicts;
  const errors = Math.min(...others.map((other) => other.errors));
  const p99 = Math.min(...others.map((other) => other.p99Ms));
  verdicts.push(
    { what: `${fault}: errors against the better of the others`, value: ours.errors, limit: errors, unit: '' },
    { what: `${fault}: p99 against the better of the others`, value: ours.p99Ms, limit: p99 * allowed, unit: ' ms' },
  );
  return verdicts;
}

function kindsOf(runs: readonly LoadResult[]): string {
  const found = kinds.map((kind) => ({ kind, count: runs.reduce((sum, run) => sum + run[kind], 0) }));
  return found
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}`)
    .join(', ');
}
