import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import { limits } from '../limits.ts';
import type { Child } from '../measure/children.ts';
import { spreadOf } from '../measure/statistics.ts';
import { smallBody } from '../peers/origin.ts';
import type { Peer } from '../peers/peer.ts';
import { startProxy } from '../peers/running.ts';
import { figure, table } from '../report/table.ts';

const opener = fileURLToPath(new URL('../measure/idle-connections.ts', import.meta.url));
/** Connections opened before the first look, so that start-up and warm-up are not counted. */
const warmUp = 500;
const answerMs = 60_000;

/** Resident memory that a kept connection takes which has had one answer and now waits. */
export async function measureIdle(bench: Bench, peers: readonly Peer[], scenario: 'idle' | 'tls-idle'): Promise<void> {
  const results = new Map<string, number[]>();
  for (const peer of peers) {
    const bytes: number[] = [];
    results.set(peer.name, bytes);
    for (let run = 0; run < bench.options.idleRuns; run++) {
      try {
        bytes.push(await bytesEach(bench, peer));
      } catch (error) {
        bench.report.fail(error instanceof Error ? error.message : String(error));
        break;
      }
    }
  }
  bench.report.keep(scenario, Object.fromEntries(results));
  const rows = [...results].map(([name, bytes]) => {
    const spread = spreadOf(bytes);
    return [name, figure(spread?.min), figure(spread?.median), figure(spread?.max), String(bytes.length)];
  });
  bench.report.say(
    table([`bytes each, ${bench.options.idleConnections} opened`, 'min', 'median', 'max', 'runs'], rows),
  );
  const own = results.get('postern');
  if (own === undefined) return;
  const value = spreadOf(own)?.median;
  bench.report.hold({
    what: `${scenario}: memory of a connection`,
    value,
    limit: limits.idleConnectionBytes[scenario],
    unit: ' bytes',
  });
}

async function bytesEach(bench: Bench, peer: Peer): Promise<number> {
  const count = bench.options.idleConnections;
  await using proxy = await startProxy(bench, peer);
  const args = [opener, String(proxy.port), smallBody.trimEnd(), peer.tls === true ? 'tls' : 'plain'];
  const { loadCore } = bench.options;
  const helper = bench.children.start({ command: process.execPath, args, cwd: bench.folder, core: loadCore });
  await using _ = { [Symbol.asyncDispose]: () => helper.stop() };
  await open(helper, peer.name, warmUp, warmUp);
  const before = await settledRss(proxy.child);
  await open(helper, peer.name, count, warmUp + count);
  const after = await settledRss(proxy.child);
  await open(helper, peer.name, 0, warmUp + count); // still there?
  return (after - before) / count;
}

/** @throws {Error} when not all of them are open */
async function open(helper: Child, name: string, more: number, expected: number): Promise<void> {
  helper.send(String(more));
  const signal = AbortSignal.timeout(answerMs);
  const line: unknown = await once(helper.stdout, 'data', { signal }).then(
    ([text]: unknown[]) => text,
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
