// What a request costs with one data thread and with several, and with nginx of as many workers, at the same fixed rate: `node bench/threads/cpu.ts --help`.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { type Child, Children } from '../measure/children.ts';
import { freePort } from '../../test/harness/free-port.ts';
import { pairedRatios, spreadOf } from '../measure/statistics.ts';
import { answersAs } from '../peers/answers.ts';
import { nginx } from '../peers/nginx.ts';
import { prepareOrigin } from '../peers/origin.ts';
import { writePosternConfig } from '../peers/postern.ts';
import type { FixedRateResult } from './fixed-rate.ts';

const help = `CPU time a request with one data thread and with several, at the same rate, in pairs; the same of nginx's workers.

  node bench/threads/cpu.ts [--rounds 9] [--seconds 4] [--rate 4000] [--connections 64] [--threads 2]

All run on all cores at once; the proxies' log lines are paid for. The verdict is the median of the ratios within the rounds.
Needs nginx. Rounds in which the rate was missed by more than 5 % are said so, and left out.
`;

const limit = 1.1;
const settleMs = 300;

interface Settings {
  readonly rounds: number;
  readonly seconds: number;
  readonly rate: number;
  readonly connections: number;
  readonly threads: number;
}

interface Proxy {
  readonly name: string;
  readonly port: number;
  readonly child: Child;
}

/** A proxy at a rate. */
interface Run {
  readonly proxy: Proxy;
  readonly rate: number;
}

function option(value: string): { type: 'string'; default: string } {
  return { type: 'string', default: value };
}

function settingsOf(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      rounds: option('9'),
      seconds: option('4'),
      rate: option('4000'),
      connections: option('64'),
      threads: option('2'),
    },
  });
  if (values.help) return undefined;
  const { rounds, seconds, rate, connections, threads } = values;
  return {
    rounds: Number(rounds),
    seconds: Number(seconds),
    rate: Number(rate),
    connections: Number(connections),
    threads: Number(threads),
  };
}

/** Every core, as taskset says it. */
const cores = `0-${availableParallelism() - 1}`;

async function startPostern(children: Children, root: string, originPort: number, threads: number): Promise<Proxy> {
  const port = await freePort();
  const folder = join(root, `postern-${threads}`);
  mkdirSync(folder);
  const { config } = writePosternConfig({ folder, port, originPort, maxConnections: 4096 });
  writeFileSync(config, readFileSync(config, 'utf8').replace('threads: 1', `threads: ${threads}`));
  const program = fileURLToPath(new URL('../../bin/postern.js', import.meta.url));
  const args = [program, 'run', config];
  const child = children.start({ command: process.execPath, args, cwd: folder, core: cores });
  return answering({ name: `postern, threads: ${threads}`, port, child });
}

async function startNginx(children: Children, root: string, originPort: number, workers: number): Promise<Proxy> {
  const port = await freePort();
  const folder = join(root, `nginx-${workers}`);
  mkdirSync(folder);
  const prepared = nginx.prepare({ folder, port, originPort, maxConnections: 4096 });
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, readFileSync(config, 'utf8').replace('worker_processes 1;', `worker_processes ${workers};`));
  const child = children.start({ ...prepared, cwd: folder, core: cores });
  return answering({ name: `nginx, workers: ${workers}`, port, child });
}

async function answering(proxy: Proxy): Promise<Proxy> {
  await answersAs(proxy.child, proxy.name, `http://127.0.0.1:${proxy.port}`);
  return proxy;
}

/** @returns microseconds of CPU time a request; undefined: the rate was not reached, or something failed. */
async function measure(
  children: Children,
  folder: string,
  { proxy, rate }: Run,
  { connections, seconds }: Settings,
): Promise<number | undefined> {
  const before = proxy.child.tree.cpu();
  const program = fileURLToPath(new URL('load.ts', import.meta.url));
  const args = [program, ...[proxy.port, connections, rate, seconds].map(String)];
  const load = children.start({ command: process.execPath, args, cwd: folder, core: cores });
  await load.end();
  await sleep(settleMs);
  const after = proxy.child.tree.cpu();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own program
  const { answers, missed, failures } = JSON.parse(load.output) as FixedRateResult;
  if (failures > 0 || missed > answers / 20) {
    process.stdout.write(`  left out: ${answers} answers, ${missed} requests missed, ${failures} failures\n`);
    return undefined;
  }
  return (after.userUs + after.systemUs - before.userUs - before.systemUs) / answers;
}

async function main(settings: Settings): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  await using children = new Children();
  const interrupt = (): void => children.interrupt();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  try {
    const originPort = await freePort();
    const origin = children.start({ ...prepareOrigin(folder, originPort), cwd: folder, core: cores });
    await answersAs(origin, 'the origin', `http://127.0.0.1:${originPort}`);
    const { threads, rate } = settings;
    const one = await startPostern(children, folder, originPort, 1);
    const runs: readonly Run[] = [
      { proxy: one, rate },
      { proxy: await startPostern(children, folder, originPort, threads), rate },
      // As many requests for the thread as each of the several has.
      { proxy: one, rate: rate / threads },
      { proxy: await startNginx(children, folder, originPort, 1), rate },
      { proxy: await startNginx(children, folder, originPort, threads), rate },
    ];
    const costs: (number | undefined)[][] = runs.map(() => []);
    const cost = (at: number): Promise<number | undefined> => measure(children, folder, runs[at]!, settings);
    for (const at of runs.keys()) await cost(at); // It warms up.
    for (let round = 1; round <= settings.rounds; round++) {
      const order = [...runs.keys()];
      for (const at of round % 2 === 1 ? order : order.toReversed()) {
        const us = await cost(at);
        costs[at]!.push(us);
        const { proxy, rate: asked } = runs[at]!;
        process.stdout.write(`round ${round}, ${proxy.name}, ${asked}/s: ${us?.toFixed(1) ?? '-'} us\n`);
      }
    }
    const [alone, several, sameLoad, oneWorker, workers] = costs;
    tell(`postern, threads: ${threads} / 1`, several!, alone!);
    tell(`postern, threads: ${threads} / 1, at the same rate a thread`, several!, sameLoad!);
    tell(`nginx, workers: ${threads} / 1`, workers!, oneWorker!);
    process.stdout.write(`Wanted of postern: at most ${limit}, or what the same does to nginx\n`);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
    rmSync(folder, { recursive: true, force: true });
  }
}

function median(costs: readonly (number | undefined)[]): string {
  return spreadOf(costs.filter((cost) => cost !== undefined))?.median.toFixed(1) ?? '-';
}

function tell(what: string, several: readonly (number | undefined)[], one: readonly (number | undefined)[]): void {
  const ratio = pairedRatios(several, one);
  const spread = ratio && `${ratio.median.toFixed(3)} (${ratio.min.toFixed(3)} to ${ratio.max.toFixed(3)})`;
  process.stdout.write(`${what}: ${median(several)} / ${median(one)} us, ratio within rounds ${spread ?? '-'}\n`);
}

const settings = settingsOf();
if (settings === undefined) process.stdout.write(help);
else await main(settings);
