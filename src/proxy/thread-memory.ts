import { randomBytes } from 'node:crypto';

import { DiskBudget } from '../core/disk-budget.ts';
import { SharedCount } from '../core/shared/shared-count.ts';
import { SharedKeyCounts, type KeyCountsMemory } from '../core/shared/shared-key-counts.ts';
import { WorkQueue } from '../core/work-queue.ts';
import { allocateBonds, type BondMemory } from './bond-env.ts';
import type { FeatureEnv } from './middleware/feature.ts';

/** What must be one number for the whole process, as memory that is given to every thread. */
export interface SharedMemory {
  /** Client connections that are open. */
  readonly connections: SharedArrayBuffer;
  /** The same by client. */
  readonly clients: KeyCountsMemory;
  /** Blocks of disk that waiting bodies take. */
  readonly disk: SharedArrayBuffer;
  /** Passwords that are being verified. */
  readonly passwords: SharedArrayBuffer;
  /** What keeps clients with their servers. */
  readonly bonds: BondMemory;
}

/** A thread's part in it: its place, which no other one that lives has. */
export interface SharedPlace {
  readonly memory: SharedMemory;
  readonly place: number;
}

/** Of libuv's four threads, which are the whole process's, others need some: files and names. */
const passwordLimits = { running: 2, waiting: 100 };

/** What there is for clients unless it is said: enough for the usual limit of connections. */
const usualClients = 16_384;

/**
 * Memory for so many threads at once. What is not used of it takes no room.
 *
 * @param clients how many may be connected to one thread at once.
 * @param secret signs cookies where the config has no secret of its own; default: one that ends with the process.
 */
export function allocateShared(places: number, clients: number = usualClients, secret?: string): SharedMemory {
  const random = new Int32Array(randomBytes(8).buffer.slice(0, 8));
  return {
    connections: SharedCount.allocate(places),
    clients: SharedKeyCounts.allocate(places, clients, [random[0]!, random[1]!]),
    disk: SharedCount.allocate(places),
    passwords: SharedCount.allocate(places),
    bonds: allocateBonds(secret),
  };
}

/** Begins a thread's part: it holds nothing. To be called before the thread counts. */
export function beginPlace({ memory, place }: SharedPlace): void {
  new SharedKeyCounts(memory.clients, place).begin();
}

/** Gives back all that a thread held which has ended. */
export function endPlace({ memory, place }: SharedPlace): void {
  new SharedCount(memory.connections, place).giveBackAll();
  new SharedKeyCounts(memory.clients, place).giveBackAll();
  new SharedCount(memory.disk, place).giveBackAll();
  new SharedCount(memory.passwords, place).giveBackAll();
}

/** What the features of a thread share with those of the others. */
export function sharedParts({ memory, place }: SharedPlace): Pick<FeatureEnv, 'disk' | 'passwords'> {
  return {
    disk: new DiskBudget(new SharedCount(memory.disk, place)),
    passwords: new WorkQueue(passwordLimits, new SharedCount(memory.passwords, place)),
  };
}

/** Memory for one data plane alone. */
export function placeAlone(): SharedPlace {
  const alone = { memory: allocateShared(1), place: 0 };
  beginPlace(alone);
  return alone;
}
