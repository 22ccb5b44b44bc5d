import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import type { WrkResult } from './wrk.ts';

const program = fileURLToPath(new URL('handshakes.ts', import.meta.url));

/** What the program prints. */
interface Counts {
  readonly requests: number;
  readonly resumed: number;
  readonly failed: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly p99Ms?: number;
}

/** Connections one after the other, a few at a time, each with one request. @throws {Error} when it does not end in time */
export async function runHandshakes(bench: Bench, port: number, connections: number, how: string): Promise<WrkResult> {
  const { children, options, folder } = bench;
  const args = [program, String(port), String(options.seconds), String(connections), how];
  const child = children.start({ command: process.execPath, args, cwd: folder, core: options.loadCore });
  const timer = setTimeout(() => child.interrupt(), (options.seconds + 30) * 1000);
  await child.end();
  clearTimeout(timer);
  if (child.output === '') throw new Error(`Cannot load port ${port}: ${child.complaint}`);
  const counts = JSON.parse(child.output) as Counts;
  return {
    requests: counts.requests,
    seconds: counts.seconds,
    bytes: counts.bytes,
    requestsPerSecond: counts.requests / counts.seconds,
    p99Ms: counts.p99Ms,
    errors: problemOf(counts, how),
  };
}

/** The first connection of each worker has no ticket yet. */
function problemOf({ requests, resumed, failed }: Counts, how: string): string | undefined {
  if (failed > 0) return `${failed} connections failed`;
  if (how === 'resumed' && resumed < requests * 0.9) return `only ${resumed} of ${requests} were resumed`;
  return how === 'full' && resumed > 0 ? `${resumed} were resumed` : undefined;
}
