import { fileURLToPath } from 'node:url';

import type { Children } from '../measure/children.ts';

/** What wrk says of one run. */
export interface LoadResult {
  readonly requests: number;
  readonly us: number;
  /** Connections that failed, by what they were about. */
  readonly connect: number;
  readonly read: number;
  readonly write: number;
  /** Requests without an answer in two seconds. */
  readonly timeout: number;
  /** Answers of 400 and above. */
  readonly status: number;
  /** Microseconds. wrk adds to long waits what its connection would have sent meanwhile. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoadOptions {
  readonly children: Children;
  readonly url: string;
  readonly seconds: number;
  readonly pauseMs: number;
  readonly core: string;
  readonly cwd: string;
}

const connections = 64;
const marker = 'RESULT ';

/** @throws {Error} when wrk fails or does not end in time */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const script = fileURLToPath(new URL('load.lua', import.meta.url));
  const args = ['-t1', `-c${connections}`, `-d${options.seconds}s`, '-s', script, options.url];
  const { children, core, cwd } = options;
  const child = children.start({ command: 'wrk', args, cwd, core, env: { PAUSE_MS: String(options.pauseMs) } });
  const timer = setTimeout(() => child.interrupt(), (options.seconds + 30) * 1000);
  await child.end();
  clearTimeout(timer);
  const line = child.output.split('\n').find((text) => text.startsWith(marker));
  if (line === undefined) throw new Error(`Cannot load ${options.url}: wrk ${child.complaint}`);
  return JSON.parse(line.slice(marker.length)) as LoadResult;
}

/** Everything that a client would have noticed as an error. */
export function errorsOf({ connect, read, write, timeout, status }: LoadResult): number {
  return connect + read + write + timeout + status;
}
