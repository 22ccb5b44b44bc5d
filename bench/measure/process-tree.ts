import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { parseRss, parseStat } from './proc.ts';

/** CPU time used so far, microseconds; it grows in steps of one clock tick (10 ms). */
export interface CpuTime {
  readonly userUs: number;
  readonly systemUs: number;
}

/** A process with all its threads and descendants, as /proc shows them. One that has ended counts as nothing. */
export class ProcessTree {
  readonly #root: number;
  readonly #tickUs: number;

  constructor(root: number) {
    this.#root = root;
    this.#tickUs = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  }

  /** The root first. */
  pids(): readonly number[] {
    const found = [this.#root];
    for (const pid of found) found.push(...childrenOf(pid));
    return found;
  }

  cpu(): CpuTime {
    let user = 0;
    let system = 0;
    for (const pid of this.pids()) {
      const text = readProc(`/proc/${pid}/stat`);
      if (text === '') continue;
      const ticks = parseStat(text);
      user += ticks.user;
      system += ticks.system;
    }
    return { userUs: user * this.#tickUs, systemUs: system * this.#tickUs };
  }

  /** Pages that two processes share count twice: differences mean more than the figure itself. */
  rssBytes(): number {
    return this.pids().reduce((sum, pid) => sum + parseRss(readProc(`/proc/${pid}/status`)), 0);
  }
}

/** Any thread may have started a child, and each lists only its own. */
function childrenOf(pid: number): readonly number[] {
  let threads: readonly string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const lists = threads.map((thread) => readProc(`/proc/${pid}/task/${thread}/children`));
  return lists.join(' ').split(/\s+/).filter(Boolean).map(Number);
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it ended between the listing and now
  }
}
