import type { Bench } from '../bench.ts';
import { limits } from '../limits.ts';
import { runLoad } from '../measure/load.ts';
import { spreadOf } from '../measure/statistics.ts';
import type { Peer } from '../peers/peer.ts';
import { startProxy } from '../peers/running.ts';
import { table } from '../report/table.ts';
import { small } from './cost.ts';

/** Resident memory after so many requests. */
interface Sample {
  readonly requests: number;
  readonly rssBytes: number;
}

/** Share of the requests after which the memory should have found its level. */
const warmUp = 0.2;

/** Resident memory over a million small requests: flat, or does it grow? */
export async function measureMillion(bench: Bench, peers: readonly Peer[]): Promise<void> {
  const rows: string[][] = [];
  const results: Record<string, readonly Sample[]> = {};
  for (const peer of peers.filter(({ own }) => own)) {
    try {
      const samples = await sample(bench, peer);
      results[peer.name] = samples;
      const growth = growthOf(samples, bench.options.million);
      rows.push([peer.name, ...summary(samples), growth === undefined ? '-' : mb(growth)]);
      if (peer.name !== 'postern') continue;
      const value = growth === undefined ? undefined : growth / 2 ** 20;
      bench.report.hold({
        what: 'million: growth of memory',
        value,
        limit: limits.millionGrowthBytes / 2 ** 20,
        unit: ' MB',
      });
    } catch (error) {
      bench.report.fail(error instanceof Error ? error.message : String(error));
    }
  }
  bench.report.keep('million', results);
  const heading = [
    `resident MB at ${bench.options.million} requests`,
    'start',
    '20 %',
    '40 %',
    '60 %',
    '80 %',
    'end',
    'growth from 20 %',
  ];
  bench.report.say(table(heading, rows));
}

async function sample(bench: Bench, peer: Peer): Promise<readonly Sample[]> {
  const { children, options, folder } = bench;
  await using proxy = await startProxy(bench, peer);
  const samples: Sample[] = [{ requests: 0, rssBytes: proxy.child.tree.rssBytes() }];
  const load = { url: proxy.url(small.path), connections: small.connections, seconds: options.seconds > 1 ? 2 : 1 };
  let requests = 0;
  while (requests < options.million) {
    const result = await runLoad(children, load, options.loadCore, folder);
    if (result.errors !== undefined || result.requests === 0) {
      throw new Error(
        `Cannot measure ${peer.name}: after ${requests} requests: ${result.errors ?? 'no answers'}; ${proxy.child.complaint}`,
      );
    }
    requests += result.requests;
    samples.push({ requests, rssBytes: proxy.child.tree.rssBytes() });
    proxy.emptyLog();
  }
  return samples;
}

/** The median of the last quarter over that of the first quarter, warm-up left out: a garbage collector saws, single samples mislead. */
export function growthOf(samples: readonly Sample[], total: number): number | undefined {
  const warm = samples.filter((one) => one.requests >= total * warmUp);
  const quarter = Math.max(1, Math.floor(warm.length / 4));
  const level = (part: readonly Sample[]): number | undefined => spreadOf(part.map((one) => one.rssBytes))?.median;
  const first = level(warm.slice(0, quarter));
  const last = level(warm.slice(-quarter));
  return first === undefined || last === undefined ? undefined : last - first;
}

function summary(samples: readonly Sample[]): string[] {
  const total = samples.at(-1)?.requests ?? 0;
  return [0, 0.2, 0.4, 0.6, 0.8, 1].map((share) => {
    const found = samples.find((one) => one.requests >= total * share);
    return found === undefined ? '-' : mb(found.rssBytes);
  });
}

function mb(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
