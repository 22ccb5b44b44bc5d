import { randomBytes } from 'node:crypto';

import { SharedCount } from '../core/shared/shared-count.ts';
import { SharedKeyCounts, type KeyCountsMemory } from '../core/shared/shared-key-counts.ts';

/** What must be one number for the whole process, as memory that is given to every thread. */
export interface SharedMemory {
  /** Client connections that are open. */
  readonly connections: SharedArrayBuffer;
  /** The same by client. */
  readonly clients: KeyCountsMemory;
  /** Blocks of disk that waiting bodies take. */
  readonly disk: SharedArrayBuffer;
}

/** A thread's part in it: its place, which no other one that lives has. */
export interface SharedPlace {
  readonly memory: SharedMemory;
  readonly place: number;
}

/** What there is for clients unless it is said: enough for the usual limit of connections. */
const usualClients = 16_384;

/**
 * Memory for so many threads at once. What is not used of it takes no room.
 *
 * @param clients how many may be connected to one thread at once.
 */
export function allocateShared(places: number, clients: number = usualClients): SharedMemory {
  const random = new Int32Array(randomBytes(8).buffer.slice(0, 8));
  return {
    connections: SharedCount.allocate(places),
    clients: SharedKeyCounts.allocate(places, clients, [random[0]!, random[1]!]),
    disk: SharedCount.allocate(places),
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
}

/** Memory for one data plane alone. */
export function placeAlone(): SharedPlace {
  const alone = { memory: allocateShared(1), place: 0 };
  beginPlace(alone);
  return alone;
}
