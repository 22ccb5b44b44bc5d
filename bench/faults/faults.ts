// What clients notice of servers that fail: `npm run bench:faults -- --help`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Children } from '../measure/children.ts';
import { findProgram, versionOf } from '../measure/programs.ts';
import { Report } from '../report/report.ts';
import { figure, table } from '../report/table.ts';
import { faults } from './fault.ts';
import { missingProxies } from './proxies.ts';
import { missingForServers } from './servers.ts';
import { help, readSettings, type Settings } from './settings.ts';
import { Stage } from './stage.ts';
import { judge, type Summary } from './summary.ts';

/** Exit code: 0 done, 1 something failed (or, with --assert, a goal was missed), 2 it cannot even begin. */
async function main(): Promise<number> {
  let settings: Settings;
  try {
    settings = readSettings(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${wordsOf(error)}\nSee npm run bench:faults -- --help\n`);
    return 2;
  }
  const report = new Report(true);
  const missing = settings.help ? [] : missingFor(settings);
  if (settings.help || missing.length > 0) {
    report.say(settings.help ? help : `Cannot measure, not installed: ${missing.join('; ')}`);
    return settings.help ? 0 : 2;
  }
  tell(report, await measure(settings, report));
  if (settings.json !== undefined) writeFileSync(settings.json, `${JSON.stringify(report, undefined, 2)}\n`);
  return report.failed || (settings.assert && report.missed) ? 1 : 0;
}

function tell(report: Report, summaries: readonly Summary[]): void {
  report.say(`\n${tableOf(summaries)}`);
  for (const { name } of faults) {
    if (name !== 'none') for (const verdict of judge(name, summaries)) report.hold(verdict);
  }
  report.sum('the goals: no errors, none more than the better of the others, p99 at most 1.2 times that of the better');
}

function missingFor({ proxies }: Settings): readonly string[] {
  const wrk = findProgram('wrk') === undefined ? ['wrk: apt-get install wrk'] : [];
  return [missingForServers(), ...missingProxies(proxies), ...wrk].filter((text) => text !== undefined);
}

async function measure(settings: Settings, report: Report): Promise<readonly Summary[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-faults-'));
  await using stack = new AsyncDisposableStack();
  if (settings.keep) report.say(`Logs and configs: ${folder}`);
  else stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const children = stack.use(new Children());
  const interrupt = (): void => children.interrupt();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, interrupt);
    stack.defer(() => void process.off(signal, interrupt));
  }
  report.say(
    `wrk, 64 connections, a pause of ${settings.pauseMs} ms after each answer; ${settings.runs} runs of ${settings.seconds} s; ` +
      `nginx ${versionOf('nginx', '-v') ?? '-'}, HAProxy ${versionOf('haproxy', '-v') ?? '-'}, Node ${process.versions.node}`,
  );
  const summaries: Summary[] = [];
  for (const [scene, played] of Map.groupBy(faults, (fault) => fault.scene)) {
    const asked = played.filter(({ name }) => settings.only.includes(name));
    if (asked.length === 0) continue;
    await using stage = await Stage.open({ settings, children, folder: join(folder, asked[0]!.name), report }, scene);
    for (const fault of asked) summaries.push(...(await stage.play(fault)));
  }
  return summaries;
}

function tableOf(summaries: readonly Summary[]): string {
  const rows = summaries.map(({ fault, proxy, errors, mostErrors, p99Ms, maxMs, perSecond, kinds }) => [
    fault,
    proxy,
    String(errors),
    String(mostErrors),
    figure(p99Ms),
    figure(maxMs),
    figure(perSecond),
    kinds,
  ]);
  return table(['fault', 'proxy', 'errors', 'most', 'p99 ms', 'longest ms', 'per s', 'errors of all runs'], rows);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${wordsOf(error)}\n`);
  process.exitCode = 1;
}
