import type { FailurePercentagePlan, LatencyPlan, OutliersPlan, SuccessRatePlan } from '../../proxy/index.ts';
import type { Counts } from './wrapping-counts.ts';

/** What traffic with one server was like in an interval. */
export interface ServerSample {
  readonly server: string;
  readonly counts: Counts;
}

/** What made a server stand out. */
export const outlierKinds = [
  'failures',
  'gatewayFailures',
  'unanswered',
  'successRate',
  'failurePercentage',
  'latency',
  'breaker',
] as const;

export type OutlierKind = (typeof outlierKinds)[number];

export interface Outlier {
  readonly server: string;
  readonly kind: OutlierKind;
  /** In words, without a full stop. */
  readonly why: string;
}

/** Those that stand out, each once; the worst of each kind first. Where there are too few to compare, nobody does. */
export function findOutliers(samples: readonly ServerSample[], plan: OutliersPlan): readonly Outlier[] {
  const { successRate, failurePercentage, latency } = plan;
  const found = new Map<string, Outlier>();
  const all = [
    ...(successRate ? bySuccessRate(samples, successRate) : []),
    ...(failurePercentage ? byFailurePercentage(samples, failurePercentage) : []),
    ...(latency ? byLatency(samples, latency) : []),
  ];
  for (const outlier of all) if (!found.has(outlier.server)) found.set(outlier.server, outlier);
  return [...found.values()];
}

/** Those that had enough requests; none where these are too few. */
function comparable(
  samples: readonly ServerSample[],
  { minServers, minRequests }: { readonly minServers: number; readonly minRequests: number },
): readonly ServerSample[] {
  const enough = samples.filter(({ counts }) => counts.attempts > 0 && counts.attempts >= minRequests);
  return enough.length >= minServers ? enough : [];
}

function successOf({ counts: { attempts, failed } }: ServerSample): number {
  return ((attempts - failed) / attempts) * 100;
}

function bySuccessRate(samples: readonly ServerSample[], plan: SuccessRatePlan): readonly Outlier[] {
  const servers = comparable(samples, plan);
  const mean = meanOf(servers.map(successOf));
  const deviation = Math.sqrt(meanOf(servers.map((server) => (successOf(server) - mean) ** 2)));
  const least = mean - plan.stdevFactor * deviation;
  const out = servers.filter((server) => successOf(server) < least);
  return out
    .toSorted((a, b) => successOf(a) - successOf(b))
    .map((sample) => ({
      server: sample.server,
      kind: 'successRate',
      why: `${percent(successOf(sample))} of its requests went well, of all servers' ${percent(mean)} do`,
    }));
}

function byFailurePercentage(samples: readonly ServerSample[], plan: FailurePercentagePlan): readonly Outlier[] {
  const out = comparable(samples, plan).filter((sample) => 100 - successOf(sample) >= plan.threshold);
  return out
    .toSorted((a, b) => successOf(a) - successOf(b))
    .map((sample) => ({
      server: sample.server,
      kind: 'failurePercentage',
      why: `${percent(100 - successOf(sample))} of its requests failed`,
    }));
}

/** Beside the median of the others: one that is slow does not make itself look quick. */
function byLatency(samples: readonly ServerSample[], plan: LatencyPlan): readonly Outlier[] {
  const timed = comparable(samples, plan).filter(({ counts }) => counts.timed > 0);
  const servers = timed.map(({ server, counts }) => ({ server, ms: counts.latencyMs / counts.timed }));
  const out = servers.flatMap(({ server, ms }) => {
    const usual = medianOf(servers.filter((other) => other.server !== server).map((other) => other.ms));
    return ms > plan.overMs && ms > plan.factor * usual ? [{ server, ms, usual }] : [];
  });
  return out
    .toSorted((a, b) => b.ms - a.ms)
    .map(({ server, ms, usual }) => ({
      server,
      kind: 'latency',
      why: `it took ${Math.round(ms)} ms to answer on average, others take ${Math.round(usual)} ms`,
    }));
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function medianOf(values: readonly number[]): number {
  if (values.length === 0) return Infinity;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function percent(value: number): string {
  return `${Math.round(value * 10) / 10} %`;
}
