// What a reload of a large config costs, under load: `npm run bench:reload -- [routes] [rounds]`; with `idle` behind them without load.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { startPostern } from '../../src/server.ts';
import type { RunningPostern } from '../../src/control/running-postern.ts';
import { spreadOf } from '../measure/statistics.ts';
import { configOf, type Variant } from './configs.ts';
import { StallWatch, type Stalls } from './stalls.ts';

const routes = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 5);
const idle = process.argv[4] === 'idle';
const threads = 2;
const variants: readonly Variant[] = ['a setting', 'one route', 'one more route', 'everything'];

/** Longest times in ms that are thought good enough. */
const limits = { load: 4000, swap: 100, stall: 10 } as const;

interface Round {
  readonly loadMs: number;
  readonly swapMs: number;
  readonly stalls: Stalls;
}

const silent = { debug: ignore, info: ignore, warn: ignore, error: (message: string) => console.error(message) };

function ignore(): void {}

/** Loads the proxy until it is told to stop, with pauses of a moment. */
function loadUntil(url: string, over: { now: boolean }): Promise<unknown> {
  const args = ['-t1', '-c64', '-d20s', '-H', 'Host: load.test', '--timeout', '5s', url];
  const one = (): Promise<unknown> =>
    new Promise((done) => {
      const child = execFile('wrk', args, (error) =>
        error && !over.now ? done(console.error(error.message)) : done(over.now ? undefined : one()),
      );
      const timer = setInterval(() => over.now && child.kill(), 50);
      child.once('exit', () => clearInterval(timer));
    });
  return one();
}

async function measure(postern: RunningPostern, file: string, variant: Variant, watch: StallWatch): Promise<Round[]> {
  const found: Round[] = [];
  for (let round = 1; round <= rounds; round++) {
    await writeFile(file, configOf(routes, variant, round));
    await watch.ask(threads);
    const result = await postern.reload();
    if (!result.ok || result.report === undefined)
      throw new Error(`the reload failed: ${JSON.stringify(result).slice(0, 300)}`);
    const stalls = await watch.ask(threads);
    found.push({ loadMs: result.report.loadMs, swapMs: result.report.swapMs, stalls });
  }
  return found;
}

/** The same time without a reload: what the machine and the load do by themselves. */
async function quiet(watch: StallWatch): Promise<Stalls[]> {
  const found: Stalls[] = [];
  for (let round = 0; round < rounds; round++) {
    await watch.ask(threads);
    await pause(2000);
    found.push(await watch.ask(threads));
  }
  return found;
}

function row(name: string, columns: readonly (readonly number[])[]): void {
  const shown = columns.map((values) => {
    const spread = spreadOf(values);
    return spread === undefined ? '-' : `${spread.median.toFixed(1)} (${spread.max.toFixed(1)})`;
  });
  console.log([name.padEnd(20), ...shown.map((text) => text.padStart(20))].join(''));
}

const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'));
const file = join(folder, 'postern.yaml');
const over = { now: false };
const watch = new StallWatch();
let load: Promise<unknown> = Promise.resolve();
try {
  await writeFile(file, configOf(routes, undefined, 0));
  const postern = await startPostern({ config: file, log: silent });
  try {
    if (!idle) load = loadUntil(`http://${postern.listeners[0]!.address}/`, over);
    await pause(1000);
    console.log(
      `${routes} routes and pools, ${threads} threads ${idle ? 'without load' : 'under 64 connections'}, ${rounds} rounds: median (max) in ms`,
    );
    console.log(
      ['changed'.padEnd(20), ...['load', 'swap', 'stall', 'own work'].map((text) => text.padStart(20))].join(''),
    );
    const still = await quiet(watch);
    row('nothing', [[], [], still.map(({ wallMs }) => wallMs), still.map(({ cpuMs }) => cpuMs)]);
    for (const variant of variants) {
      const found = await measure(postern, file, variant, watch);
      row(variant, [
        found.map(({ loadMs }) => loadMs),
        found.map(({ swapMs }) => swapMs),
        found.map(({ stalls }) => stalls.wallMs),
        found.map(({ stalls }) => stalls.cpuMs),
      ]);
    }
    console.log(
      `limits: load ${limits.load}, swap ${limits.swap}, stall ${limits.stall}; "own work" is the stall in the thread's CPU time`,
    );
  } finally {
    over.now = true;
    await load;
    await postern.stop({ now: true });
  }
} finally {
  watch.close();
  await rm(folder, { recursive: true });
}
