// Counts of attempts over real threads.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { allocatePiece, SharedRow, type RowsMemory } from '../../src/core/shared/shared-rows.ts';
import { ServerField } from '../../src/proxy/server-state.ts';
import type { OutcomesResult, OutcomesWork } from './outcomes-worker.ts';

const threads = 4;
const rounds = 50_001;

async function count(length: number, mixed: boolean): Promise<{ results: OutcomesResult[]; row: SharedRow }> {
  const memory: RowsMemory = { places: threads + 1, pieces: [allocatePiece(threads + 1)] };
  const limits = { consecutiveFailures: length, consecutiveGatewayFailures: 0, consecutiveUnanswered: 0 };
  const workers = Array.from({ length: threads }, (_, place) => {
    const workerData: OutcomesWork = { memory, place: place + 1, limits, rounds, mixed };
    return new Worker(new URL('./outcomes-worker.ts', import.meta.url), { workerData });
  });
  const results = await Promise.all(
    workers.map(async (worker) => {
      const [message] = await once(worker, 'message');
      return message as OutcomesResult;
    }),
  );
  await Promise.all(workers.map((worker) => worker.terminate()));
  return { results, row: new SharedRow(memory, 0, 0) };
}

function sum(results: readonly OutcomesResult[], field: keyof OutcomesResult): number {
  return results.reduce((all, result) => all + result[field], 0);
}

void test(
  'over all threads, each full streak is told by one of them, and none is lost',
  { timeout: 60_000 },
  async () => {
    const { results, row } = await count(7, false);
    assert.equal(sum(results, 'full'), Math.floor((threads * rounds) / 7));
    assert.equal(row.get(ServerField.streaks), (threads * rounds) % 7);
    assert.equal(row.get(ServerField.attempts), threads * rounds);
  },
);

void test('good answers in between make streaks fewer, never more', { timeout: 60_000 }, async () => {
  const { results, row } = await count(3, true);
  const failures = sum(results, 'failures');
  const full = sum(results, 'full');
  assert.ok(full > 0 && full <= failures / 3, `${full} of ${failures} failures`);
  assert.equal(row.get(ServerField.failed), failures);
  assert.equal(row.get(ServerField.attempts), threads * rounds);
});
