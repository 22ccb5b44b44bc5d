import { limits } from '../limits.ts';
import type { Bench } from '../bench.ts';
import { type Round, type Work, runRounds } from '../measure/rounds.ts';
import { pairedRatios, spreadOf } from '../measure/statistics.ts';
import { large } from '../peers/origin.ts';
import type { Peer } from '../peers/peer.ts';
import { type RunningProxy, startProxy } from '../peers/running.ts';
import { figure, table } from '../report/table.ts';

/** Many small requests over 64 kept connections. */
export const small: Work = { path: '/', connections: 64, count: (result) => result.requests };

/** Large bodies; by bytes, since wrk does not count the requests that its end cuts off. */
export const bodies: Work = { path: large.path, connections: 8, count: (result) => result.bytes / large.bytes };

/** CPU time a piece of work of every proxy, and the ratios to each other. */
export async function measureCost(bench: Bench, scenario: string, peers: readonly Peer[], work: Work): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const proxies: RunningProxy[] = [];
  for (const peer of peers) {
    try {
      proxies.push(stack.use(await startProxy(bench, peer)));
    } catch (error) {
      bench.report.fail(error instanceof Error ? error.message : String(error));
    }
  }
  if (proxies.length === 0) return;
  const results = await runRounds(bench, proxies, work);
  bench.report.keep(scenario, Object.fromEntries(results));
  bench.report.say(costTable(results));
  if (results.size > 1) bench.report.say(`\n${ratioTable(results)}`);
  judge(bench, scenario, results);
}

type Results = ReadonlyMap<string, readonly Round[]>;

function costTable(results: Results): string {
  const heading = [
    'CPU us each',
    'min',
    'median',
    'max',
    'of it system',
    'a second',
    'p99 ms',
    'core used',
    'log bytes',
    'rounds',
  ];
  const rows = [...results].map(([name, rounds]) => {
    const valid = rounds.filter((round) => round.cpuUs !== undefined);
    const median = (pick: (round: Round) => number | undefined): number | undefined =>
      spreadOf(valid.map(pick).filter((value) => value !== undefined))?.median;
    const cpu = spreadOf(valid.map((round) => round.cpuUs ?? 0));
    const busy = median((round) => round.busy);
    return [
      name,
      figure(cpu?.min),
      figure(cpu?.median),
      figure(cpu?.max),
      figure(median((round) => round.systemUs)),
      figure(median((round) => round.perSecond)),
      figure(median((round) => round.p99Ms)),
      busy === undefined ? '-' : `${(busy * 100).toFixed(0)} %`,
      figure(median((round) => round.logBytes)),
      `${valid.length}/${rounds.length}`,
    ];
  });
  return table(heading, rows);
}

/** What the first proxy costs by each of the others. */
function ratioTable(results: Results): string {
  const [first, ...others] = results.keys();
  if (first === undefined) return '';
  const rows = others.map((other) => {
    const ratio = ratioOf(results, first, other);
    return [`${first} / ${other}`, figure(ratio?.min), figure(ratio?.median), figure(ratio?.max)];
  });
  return table(['ratio, round by round', 'min', 'median', 'max'], rows);
}

function ratioOf(results: Results, subject: string, against: string): ReturnType<typeof pairedRatios> {
  const costs = (name: string): readonly (number | undefined)[] =>
    (results.get(name) ?? []).map((round) => round.cpuUs);
  return pairedRatios(costs(subject), costs(against));
}

/** Limits between proxies of which one was not asked for or is not installed are passed over. */
function judge(bench: Bench, scenario: string, results: Results): void {
  for (const { subject, against, atMost, scenario: where } of limits.ratios) {
    if (where !== scenario || !results.has(subject) || !results.has(against)) continue;
    const value = ratioOf(results, subject, against)?.median;
    bench.report.hold({ what: `${scenario}: CPU of ${subject} / ${against}`, value, limit: atMost, unit: 'x' });
  }
}
