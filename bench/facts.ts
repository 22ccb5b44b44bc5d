import { readFileSync } from 'node:fs';
import os from 'node:os';
import { versionOf } from './measure/programs.ts';
import type { Options } from './options.ts';
import type { Peer } from './peers/peer.ts';
import { http2Work } from './scenarios/http2.ts';

/** What a reader needs to judge the figures. */
export function describeMachine(options: Options): string {
  const cpus = os.cpus();
  const load = os.loadavg()[0] ?? 0;
  const lines = [
    `Machine: ${cpus[0]?.model.trim() ?? 'unknown CPU'}, ${cpus.length} cores, ${(os.totalmem() / 2 ** 30).toFixed(0)} GB, Linux ${os.release()}, TCP ${congestionControl()}`,
    `Proxies on core ${options.proxyCore}; wrk ${wrkVersion() ?? ''} (1 thread) and the origin (nginx) on core ${options.loadCore}; loopback`,
    `Load before: ${load.toFixed(2)}${load > 0.5 ? '  (something else is running: figures will be worse and wider)' : ''}`,
  ];
  return lines.join('\n');
}

/** One line a proxy. */
export function describePeer(peer: Peer, version: string): string {
  return `  ${peer.name} ${version}: ${peer.remark}`;
}

/** What is missing for any measurement at all, in words; undefined: nothing. */
export function missingForAll(options: Options): string | undefined {
  const cores = os.availableParallelism();
  if (process.platform !== 'linux') return 'this needs Linux: CPU time and memory are read from /proc';
  if (cores < 2) return `this needs two cores, one for the proxies, one for the load; there is ${cores}`;
  if (options.proxyCore >= os.cpus().length || options.loadCore >= os.cpus().length)
    return `there is no such core: --cores ${options.proxyCore},${options.loadCore}`;
  if (wrkVersion() === undefined) return 'wrk is not installed: apt-get install wrk';
  if (versionOf('nginx', '-v') === undefined)
    return 'nginx is not installed, and it is the origin too: apt-get install nginx-light';
  if (options.scenarios.some((name) => name in http2Work) && versionOf('h2load', '--version') === undefined)
    return 'h2load is not installed: apt-get install nghttp2-client';
  if (versionOf('taskset', '--version') === undefined) return 'taskset is not installed: apt-get install util-linux';
  return tooFewFiles(options);
}

function tooFewFiles({ scenarios, idleConnections, webSockets }: Options): string | undefined {
  const files = maxFiles();
  const idle = scenarios.includes('idle') ? tooMany(files, idleConnections, '--connections') : undefined;
  return idle ?? (scenarios.includes('websockets') ? tooMany(files, webSockets, '--websockets') : undefined);
}

/** A proxy has one to the origin for each of a client; there are some hundreds beside those that are counted. */
function tooMany(files: number, connections: number, option: string): string | undefined {
  const needed = 2 * connections + 1200;
  if (files >= needed) return undefined;
  return `${connections} connections need ${needed} open files, the limit is ${files}: raise ulimit -Hn or lower ${option}`;
}

function wrkVersion(): string | undefined {
  return versionOf('wrk', '-v');
}

/** The hard limit: Node raises its soft limit to it, and children inherit that. */
function maxFiles(): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return hard === undefined || hard === 'unlimited' ? Infinity : Number(hard);
}

/** Loopback knows no congestion, but its pacing and its CPU time depend on the algorithm. */
function congestionControl(): string {
  try {
    return readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
