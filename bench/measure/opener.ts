import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import type { RunningProxy } from '../peers/running.ts';
import type { Child } from './children.ts';

/** Connections opened before the first look, so that start-up and warm-up are not counted. */
const warmUp = 500;
const answerMs = 60_000;

/** What is opened: by the program with these arguments, so many after the warm-up. */
export interface Opening {
  readonly args: readonly string[];
  readonly count: number;
}

/**
 * Resident memory that each connection adds to a proxy's process: of `count` that the program opens, after 500 others.
 * @throws {Error} when not all of them are open
 */
export async function bytesEach(bench: Bench, proxy: RunningProxy, { args, count }: Opening): Promise<number> {
  const { loadCore } = bench.options;
  const opener = bench.children.start({ command: process.execPath, args, cwd: bench.folder, core: loadCore });
  await using _ = { [Symbol.asyncDispose]: () => opener.stop() };
  await open(opener, proxy.name, warmUp, warmUp);
  const before = await settledRss(proxy.child);
  await open(opener, proxy.name, count, warmUp + count);
  const after = await settledRss(proxy.child);
  await open(opener, proxy.name, 0, warmUp + count); // still there?
  return (after - before) / count;
}

async function open(opener: Child, name: string, more: number, expected: number): Promise<void> {
  opener.send(String(more));
  const signal = AbortSignal.timeout(answerMs);
  const line: unknown = await Promise.race([once(opener.stdout, 'data', { signal }), opener.end()]).then(
    (came) => came?.[0] ?? opener.complaint,
    () => 'no answer',
  );
  if (line !== `${expected} 0\n`) {
    throw new Error(
      `Cannot measure ${name}: of ${expected} connections, open and closed are: ${String(line).trim()} (ulimit -n, ports?)`,
    );
  }
}

/** Resident memory once it has not changed by more than 1 % within a second; after ten seconds, whatever it is. */
async function settledRss(child: Child): Promise<number> {
  let last = child.tree.rssBytes();
  for (let second = 0; second < 10; second++) {
    await sleep(1000);
    const now = child.tree.rssBytes();
    if (Math.abs(now - last) < last / 100) return now;
    last = now;
  }
  return last;
}
