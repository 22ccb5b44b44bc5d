import { readFileSync } from 'node:fs';
import os from 'node:os';
import v8 from 'node:v8';
import type { Logger } from '../core/log.ts';

/** What is in use of memory, and what there is, in bytes. */
export interface MemoryFacts {
  /** The whole process but for pages of files, and what it may have: the limit of its container, or the machine. */
  readonly used: number;
  readonly limit: number;
  /** Objects of this thread, and what V8 lets it have. */
  readonly heapUsed: number;
  readonly heapLimit: number;
}

/** Undefined where it cannot be told now. */
export type ReadMemory = () => MemoryFacts | undefined;

/** The connections that a watch holds down. */
export interface Crowd {
  /** Client connections that are open. */
  readonly open: number;
  /** So many may be open; Infinity: no bound. Those that do nothing are to be closed where there are more. */
  hold(ceiling: number): void;
}

/** How often it is looked, in ms. */
const lookMs = 250;

/** Shares of the memory: above the first no more connections come in, below the second all is as before. */
const high = 0.85;
const low = 0.75;

/** A rise by less than this, as a share, is noise. */
const rise = 0.002;

/** What a connection takes at most while it does nothing, with TLS: a twentieth of the memory is for these at any time. */
const connectionBytes = 65_536;
const surelyShare = 0.05;

/**
 * Keeps the process from being killed for its memory: where that runs short, no more connections are let in than there are,
 * and while it still grows, fewer and fewer.
 *
 *           85 %, ceiling = what is open         still grows: a tenth less
 *   calm -------------------------------> short --------------------------.
 *    ^                                    |  ^                            |
 *    '----------- below 75 % -------------'  '----------------------------'
 *
 * It never refuses all. What was in use stays with the process for a while after its connections have gone, so that "refuse
 * until it is below" could refuse for ever: under the ceiling others come in at once, and use that memory again.
 */
export class MemoryWatch {
  readonly #crowd: Crowd;
  readonly #read: ReadMemory;
  readonly #log: Logger;
  #ceiling = Number.POSITIVE_INFINITY;
  #lastShare = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(crowd: Crowd, read: ReadMemory, log: Logger) {
    this.#crowd = crowd;
    this.#read = read;
    this.#log = log;
  }

  /** Looks from now on, and keeps no process alive by it. */
  start(): void {
    this.#timer ??= setInterval(() => this.look(), lookMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** No more connections come in. */
  get short(): boolean {
    return this.#ceiling !== Number.POSITIVE_INFINITY;
  }

  /** What its timer does; for tests. */
  look(): void {
    const facts = this.#read();
    if (facts === undefined) return;
    const share = Math.max(facts.used / facts.limit, facts.heapUsed / facts.heapLimit);
    if (this.#ceiling === Number.POSITIVE_INFINITY) {
      if (share >= high) this.#begin(facts, share);
    } else if (share < low) {
      this.#end(facts);
    } else if (share < high) {
      // Little by little: what comes in now is what would fill it again.
      this.#hold(this.#ceiling + 1 + Math.floor(this.#ceiling / 50));
    } else if (share > this.#lastShare + rise) {
      this.#lastShare = share;
      this.#hold(Math.max(surely(facts), Math.floor(Math.min(this.#ceiling, this.#crowd.open) * 0.9)));
    }
  }

  #begin(facts: MemoryFacts, share: number): void {
    this.#lastShare = share;
    const ceiling = Math.max(surely(facts), this.#crowd.open);
    const message = `Memory is short: no more than ${ceiling} connections are let in; give it more, or lower connections.total`;
    this.#log.warn(message, { reason: 'overloaded', ...words(facts) });
    this.#hold(ceiling);
  }

  #end(facts: MemoryFacts): void {
    this.#log.info('There is memory enough again: connections are let in as before', words(facts));
    this.#hold(Number.POSITIVE_INFINITY);
  }

  #hold(ceiling: number): void {
    this.#ceiling = ceiling;
    this.#crowd.hold(ceiling);
  }
}

/** Connections that are let in however short memory is. */
function surely({ limit }: MemoryFacts): number {
  return Math.max(1, Math.floor((limit * surelyShare) / connectionBytes));
}

function words({ used, limit, heapUsed, heapLimit }: MemoryFacts): Readonly<Record<string, number>> {
  return { usedMb: inMb(used), limitMb: inMb(limit), heapMb: inMb(heapUsed), heapLimitMb: inMb(heapLimit) };
}

function inMb(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}

/** What the process may have: the limit of its container where there is one, else what the machine has. */
export function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  const machine = os.totalmem();
  // Where there is no limit it says 0, or more than any machine has.
  return constrained > 0 && constrained < machine ? constrained : machine;
}

/** The machine's. The limit is read once: containers keep theirs. */
export function systemMemory(): ReadMemory {
  const limit = memoryLimit();
  const used = usedReader();
  return () => {
    const heap = v8.getHeapStatistics();
    try {
      return { used: used(), limit, heapUsed: heap.used_heap_size, heapLimit: heap.heap_size_limit };
    } catch {
      return undefined; // No file to be had, so nothing can be asked of /proc.
    }
  };
}

/** What the process has of its own. The program's pages are the file's, and the system takes them back where it must. */
function usedReader(): () => number {
  try {
    const pages = residentPages().all;
    const pageBytes = 2 ** Math.round(Math.log2(process.memoryUsage.rss() / pages));
    return () => residentPages().own * pageBytes;
  } catch {
    return () => process.memoryUsage.rss(); // Not Linux.
  }
}

function residentPages(): { readonly all: number; readonly own: number } {
  const [, resident, shared] = readFileSync('/proc/self/statm', 'latin1').split(' ', 3).map(Number);
  if (!resident || shared === undefined) throw new Error('Cannot read /proc/self/statm: it has another form');
  return { all: resident, own: resident - shared };
}
