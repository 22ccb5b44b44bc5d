import { readFile } from 'node:fs/promises';

import { memoryLimit } from '../proxy/index.ts';

/** What the system lets this process have. */
export interface SystemLimits {
  /** Files and sockets that may be open; Infinity where that is not known. */
  readonly openFiles: number;
  /** Bytes: the limit of the container where there is one, else what the machine has. */
  readonly memoryBytes: number;
}

/** Asks the system. Never rejects. */
export async function readSystemLimits(): Promise<SystemLimits> {
  // Linux alone has this file. Node raises the first number to the second when it starts.
  const limits = await readFile('/proc/self/limits', 'latin1').catch(() => '');
  return { openFiles: openFilesIn(limits), memoryBytes: memoryLimit() };
}

/** The limit in force, as `/proc/self/limits` has it; Infinity where there is none in it. @internal */
export function openFilesIn(limits: string): number {
  const found = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return found === undefined ? Number.POSITIVE_INFINITY : Number(found);
}

/** How many clients one thread may ever have: the memory that counts them is made once, for the life of the process. */
export function mostClients({ openFiles }: SystemLimits): number {
  return Math.min(Math.max(openFiles, fewestClients), mostCounted);
}

const fewestClients = 1024;
const mostCounted = 262_144;
