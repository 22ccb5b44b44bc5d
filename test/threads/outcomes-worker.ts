/** A thread that tells of attempts with a server that all threads share: an entry file, never imported. */
import { parentPort, workerData } from 'node:worker_threads';

import { SharedRow, type RowsMemory } from '../../src/core/shared/shared-rows.ts';
import { ServerField } from '../../src/proxy/server-state.ts';
import { addToStreaks, endStreaks, type StreakLimits } from '../../src/proxy/upstream/passive/streaks.ts';

/** What the thread is to do. */
export interface OutcomesWork {
  readonly memory: RowsMemory;
  readonly place: number;
  readonly limits: StreakLimits;
  readonly rounds: number;
  /** Good answers come, too. */
  readonly mixed: boolean;
}

/** What it has seen. */
export interface OutcomesResult {
  readonly full: number;
  readonly failures: number;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test gives it
const { memory, place, limits, rounds, mixed } = workerData as OutcomesWork;
const row = new SharedRow(memory, 0, place);
let [full, failures] = [0, 0];
for (let i = 0; i < rounds; i++) {
  row.add(ServerField.attempts, 1);
  if (mixed && Math.random() < 0.2) endStreaks(row);
  else {
    failures++;
    row.add(ServerField.failed, 1);
    if (addToStreaks(row, 'failed', limits) !== undefined) full++;
  }
}
const result: OutcomesResult = { full, failures };
parentPort!.postMessage(result);
