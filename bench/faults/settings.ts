import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { type FaultName, faultNames } from './fault.ts';
import { type ProxyName, proxyNames } from './proxies.ts';

/** What the command line asks for. */
export interface Settings {
  readonly only: readonly FaultName[];
  readonly proxies: readonly ProxyName[];
  /** Of each fault and proxy; the median counts. */
  readonly runs: number;
  /** Length of one run. */
  readonly seconds: number;
  /** Mean pause of each connection after an answer, ms; 0: full speed. */
  readonly pauseMs: number;
  /** CPU cores, as taskset says them. */
  readonly proxyCore: string;
  readonly loadCore: string;
  readonly assert: boolean;
  /** What the proxies wrote stays there. */
  readonly keep: boolean;
  readonly json: string | undefined;
  readonly help: boolean;
}

export const help: string = `Usage: npm run bench:faults -- [options]

What clients notice of servers that fail: errors and p99 of Postern, HAProxy and nginx, each loaded by wrk over 64 connections.

  --only <list>      faults: ${faultNames.join(', ')} (default: all)
  --proxies <list>   ${proxyNames.join(', ')} (default: all)
  --runs <n>         of each fault and proxy; the median counts (default 3)
  --seconds <n>      length of a run (default 8)
  --pause <ms>       mean pause of a connection after each answer (default 10); 0: full speed
  --cores <p,l>      cores of the proxies, cores of load and servers, as taskset says them (default: all, for both)
  --assert           exit code 1 when a goal is missed
  --keep             leave the folder with logs and configs, and say where it is
  --json <file>      also write every run there
`;

/** As taskset says them. Threads that help a proxy would, on one core, stand in the way of those that they help. */
const allCores = `0-${availableParallelism() - 1}`;

/** @throws {Error} in words, for anything that cannot be done */
export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: faultNames.join(',') },
      proxies: { type: 'string', default: proxyNames.join(',') },
      runs: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '8' },
      pause: { type: 'string', default: '10' },
      cores: { type: 'string', default: `${allCores},${allCores}` },
      assert: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [proxyCore = '', loadCore = ''] = values.cores.split(',');
  if (!/^\d+(-\d+)?,\d+(-\d+)?$/.test(values.cores))
    throw new Error(`Cannot use --cores ${values.cores}: give two numbers or ranges, as 0,1`);
  return {
    only: readNames('fault', values.only, faultNames),
    proxies: readNames('proxy', values.proxies, proxyNames),
    runs: readCount('runs', values.runs, [1, 100]),
    seconds: readCount('seconds', values.seconds, [2, 600]),
    pauseMs: readCount('pause', values.pause, [0, 10_000]),
    proxyCore,
    loadCore,
    assert: values.assert,
    keep: values.keep,
    json: values.json,
    help: values.help,
  };
}

function readNames<Name extends string>(what: string, text: string, known: readonly Name[]): readonly Name[] {
  const asked = text.split(',').map((name) => name.trim());
  const unknown = asked.find((name) => !known.some((one) => one === name));
  if (unknown !== undefined) throw new Error(`Cannot find ${what} "${unknown}": choose from ${known.join(', ')}`);
  return known.filter((name) => asked.includes(name));
}

function readCount(name: string, text: string, [least, most]: readonly [number, number]): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`Cannot use --${name} ${text}: give a whole number from ${least} to ${most}`);
}
