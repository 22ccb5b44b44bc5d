import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import { limits } from '../limits.ts';
import { bytesEach } from '../measure/opener.ts';
import { spreadOf } from '../measure/statistics.ts';
import { smallBody } from '../peers/origin.ts';
import type { Peer } from '../peers/peer.ts';
import { startProxy } from '../peers/running.ts';
import { figure, table } from '../report/table.ts';

const opener = fileURLToPath(new URL('../measure/idle-connections.ts', import.meta.url));

/** Resident memory that a kept connection takes which has had one answer and now waits. */
export async function measureIdle(bench: Bench, peers: readonly Peer[], scenario: 'idle' | 'tls-idle'): Promise<void> {
  const results = new Map<string, number[]>();
  for (const peer of peers) {
    const bytes: number[] = [];
    results.set(peer.name, bytes);
    for (let run = 0; run < bench.options.idleRuns; run++) {
      try {
        bytes.push(await bytesOf(bench, peer));
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

async function bytesOf(bench: Bench, peer: Peer): Promise<number> {
  await using proxy = await startProxy(bench, peer);
  const args = [opener, String(proxy.port), smallBody.trimEnd(), peer.asked === 'https' ? 'tls' : 'plain'];
  return await bytesEach(bench, proxy, { args, count: bench.options.idleConnections });
}
