import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import { loadProxy, type Work } from '../measure/rounds.ts';
import { findProgram } from '../measure/programs.ts';
import type { NodeBinary } from '../peers/node-binary.ts';
import { postern } from '../peers/postern.ts';
import type { Peer } from '../peers/peer.ts';
import { type RunningProxy, startProxy } from '../peers/running.ts';
import { table } from '../report/table.ts';
import { type Cost, type Summary, summarize } from './cpu-profile.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shown = 45;

/** What Postern is to do meanwhile, and how it is set up for that. */
export interface Profiled {
  readonly work: Work;
  readonly asked: (peer: Peer) => Peer;
}

/** Prints where Postern's time goes: by JavaScript functions (node --cpu-prof), and with the kernel's part (perf). */
export async function profilePostern(bench: Bench, node: NodeBinary, profiled: Profiled): Promise<void> {
  await profileJavaScript(bench, node, profiled);
  if (findProgram('perf') === undefined)
    bench.report.say(
      '\nperf is not installed: apt-get install linux-perf shows the part of the kernel and of Node itself',
    );
  else await profileSystem(bench, node, profiled);
}

async function profileJavaScript(bench: Bench, node: NodeBinary, { work, asked }: Profiled): Promise<void> {
  const folder = join(bench.folder, 'profiles');
  mkdirSync(folder);
  const nodeArgs = ['--cpu-prof', '--cpu-prof-interval=250', `--cpu-prof-dir=${folder}`];
  const proxy = await startProxy(bench, asked(postern({ node, nodeArgs })));
  const before = proxy.child.tree.cpu();
  const requests = await load(bench, proxy, work, bench.options.seconds + 4);
  const after = proxy.child.tree.cpu();
  const cpuUs = after.userUs + after.systemUs - before.userUs - before.systemUs;
  await proxy.child.stop(); // profiles are written when Node ends
  const summary = busiest(folder);
  bench.report.say(
    `\n== ${requests.toFixed(0)} done, ${(cpuUs / requests).toFixed(1)} us of CPU each (warm-up and the profiler's own cost included)`,
  );
  bench.report.say(
    `The busiest thread ran for ${(summary.busyUs / 1e6).toFixed(1)} s; (program) is Node's C++ and the kernel; a native function such as writeLatin1String contains its system calls\n`,
  );
  bench.report.say(costTable('function', summary.functions, summary.busyUs, requests));
  bench.report.say(`\n${costTable('file', summary.files, summary.busyUs, requests)}`);
}

/** Each thread writes a profile of its own: the data thread is the one with most to do. */
function busiest(folder: string): Summary {
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  const summaries = files.map((name) => summarize(readFileSync(join(folder, name), 'utf8'), root));
  const [first] = summaries.toSorted((a, b) => b.busyUs - a.busyUs);
  if (first === undefined)
    throw new Error('Cannot profile: Node wrote no profile; did it end by itself after SIGTERM?');
  return first;
}

function costTable(what: string, costs: readonly Cost[], busyUs: number, requests: number): string {
  const rest = costs.slice(shown);
  const others = rest.reduce((sum, { selfUs }) => sum + selfUs, 0);
  const cells = (name: string, selfUs: number, total: string): string[] => [
    name,
    `${((selfUs / busyUs) * 100).toFixed(1)} %`,
    (selfUs / requests).toFixed(3),
    total,
  ];
  const rows = costs
    .slice(0, shown)
    .map(({ name, where, selfUs, totalUs }) =>
      cells(where === '' ? name : `${name} ${where}`, selfUs, (totalUs / requests).toFixed(3)),
    );
  rows.push(cells(`and ${rest.length} others`, others, ''));
  return table([`${what}, by self time`, 'self', 'us a request', 'with callees'], rows);
}

async function profileSystem(bench: Bench, node: NodeBinary, { work, asked }: Profiled): Promise<void> {
  const proxy = await startProxy(bench, asked(postern({ node, nodeArgs: ['--perf-basic-prof'] })));
  const symbols = proxy.child.tree.pids().map((pid) => `/tmp/perf-${pid}.map`); // perf looks nowhere else
  try {
    await load(bench, proxy, work, 4);
    const data = join(bench.folder, 'perf.data');
    const pids = proxy.child.tree.pids().join(',');
    const record = ['record', '-q', '-F', '999', '-o', data, '-p', pids, '--', 'sleep', String(bench.options.seconds)];
    const perf = bench.children.start({
      command: 'perf',
      args: record,
      cwd: bench.folder,
      core: bench.options.loadCore,
    });
    await load(bench, proxy, work, bench.options.seconds);
    await perf.end();
    const report = ['report', '-i', data, '--stdio', '--no-children', '--percent-limit', '0.4', '-t', '|'];
    for (const sort of ['dso', 'symbol,dso']) {
      const args = [...report, '--sort', sort];
      const printer = bench.children.start({ command: 'perf', args, cwd: bench.folder, core: bench.options.loadCore });
      await printer.end();
      const lines = printer.output
        .split('\n')
        .filter((line) => line.trim() !== '' && !line.startsWith('#'))
        .map(tidy);
      bench.report.say(`\nperf, by ${sort}\n`);
      bench.report.say(
        lines.length > 0 ? lines.slice(0, 60).join('\n') : `nothing: ${perf.complaint}; ${printer.complaint}`,
      );
    }
  } finally {
    await proxy.child.stop();
    for (const path of symbols.filter((one) => existsSync(one))) rmSync(path);
  }
}

/** Returns the pieces of work done. */
async function load(bench: Bench, proxy: RunningProxy, work: Work, seconds: number): Promise<number> {
  const result = await loadProxy({ ...bench, options: { ...bench.options, seconds } }, proxy, work);
  if (result.errors !== undefined) bench.report.fail(`the load met errors: ${result.errors}`);
  return work.count(result);
}

/** `perf` pads for screens wider than C++ names, and separates by `|` when asked; fields of which it knows nothing are `-`. */
function tidy(line: string): string {
  const cells = line.split('|').map((cell) => cell.trim());
  return `  ${cells
    .filter((cell) => !/^[- ]*$/.test(cell))
    .join('  ')
    .slice(0, 150)}`;
}
