import { parentPort, workerData } from 'node:worker_threads';

import { SharedBonds, type BondsMemory } from '../../src/core/shared/shared-bonds.ts';

/** What a thread does with a table that others use at the same time. */
export interface BondsWork {
  readonly memory: BondsMemory;
  readonly keys: number;
  readonly rounds: number;
  /** Tells what this thread has put from what others have. */
  readonly worker: number;
}

/** @returns how often it found something, and how often what nobody has put for that key. */
function work({ memory, keys, rounds, worker }: BondsWork): { readonly found: number; readonly wrong: number } {
  const bonds = new SharedBonds(memory);
  let found = 0;
  let wrong = 0;
  for (let i = 0; i < rounds; i++) {
    const key = (i * 7919 + worker * 31) % keys;
    if (i % 3 === 0) bonds.put(`key ${key}`, key * 8 + worker, i % 50);
    else if (i % 97 === 0) bonds.forget(`key ${key}`);
    const bond = bonds.find(`key ${key}`, i % 50, true);
    if (bond === undefined) continue;
    found++;
    if (bond.to >> 3 !== key || (bond.to & 7) > 3) wrong++;
  }
  return { found, wrong };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test says it
parentPort!.postMessage(work(workerData as BondsWork));
