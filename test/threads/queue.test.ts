import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';

import { allocatePiece, SharedRow } from '../../src/core/shared/shared-rows.ts';
import { PoolField, ServerField, tellWaiting } from '../../src/proxy/server-state.ts';
import type { QueueResult, QueueWork } from './queue-worker.ts';

const timeout = 60_000;
const entry = new URL('./queue-worker.ts', import.meta.url);
const threads = 3;

/** Memory for a pool and its servers, with so many places each. */
function shared(limits: readonly number[]): Pick<QueueWork, 'memory' | 'seen' | 'servers'> {
  const memory = { places: threads + 1, pieces: [allocatePiece(threads + 1)] };
  for (const [i, limit] of limits.entries()) new SharedRow(memory, i + 1, 0).set(ServerField.maxRequests, limit);
  return { memory, servers: limits.length, seen: new SharedArrayBuffer(16) };
}

function start(t: TestContext, work: QueueWork): { worker: Worker; result: Promise<QueueResult> } {
  const worker = new Worker(entry, { workerData: work });
  t.after(() => worker.terminate());
  return { worker, result: once(worker, 'message').then(([result]) => result as QueueResult) };
}

const queue = { max: 10_000, timeoutMs: 60_000 };

for (const kind of ['alike', 'mixed'] as const) {
  void test(`no limit is exceeded and no exchange is forgotten, over threads: ${kind}`, { timeout }, async (t) => {
    const parts = { ...shared([2, 1, 3]), capacity: { maxRequests: 5, queue }, clients: 12, rounds: 400, kind };
    const started = Array.from({ length: threads }, (_, i) => start(t, { ...parts, place: i + 1 }));
    const results = await Promise.all(started.map(({ result }) => result));
    const all = results.reduce((sum, { served, refused }) => sum + served + refused, 0);
    assert.equal(all, threads * 12 * 400);
    const seen = new Int32Array(parts.seen);
    assert.deepEqual([seen[0], seen[1]], [0, 5]);
    for (let row = 0; row < 4; row++) assert.ok(new SharedRow(parts.memory, row, 0).free, `row ${row}`);
    if (kind === 'alike') assertFair(results);
  });
}

/** Those that wait get their turns in the order of their coming, whatever their thread: but for one that is stopped by the system just as it comes. */
function assertFair(results: readonly QueueResult[]): void {
  const turns = results.flatMap((result) => result.turns);
  const order = turns.toSorted(([a], [b]) => a - b);
  const late = order.map(([, turn], i) => turn - i);
  assert.ok(turns.length > 1000, `${turns.length} waited`);
  const passed = late.filter((by) => by > 36).length;
  assert.ok(passed <= turns.length / 50, `${passed} were passed by up to ${Math.max(...late)} others`);
}

void test('the places of a thread that dies go to those that wait in others', { timeout }, async (t) => {
  const parts = { ...shared([2]), capacity: { maxRequests: 0, queue }, kind: 'alike' } as const;
  const dying = start(t, { ...parts, place: 1, clients: 4, rounds: 1, hold: true });
  await dying.result;
  const other = start(t, { ...parts, place: 2, clients: 5, rounds: 3 });
  const pool = new SharedRow(parts.memory, 0, 0);
  while (pool.load(PoolField.waiting) < 2 + 5) await new Promise((resolve) => setTimeout(resolve, 1));
  await dying.worker.terminate();
  for (let row = 0; row < 2; row++) new SharedRow(parts.memory, row, 1).giveBackAll();
  tellWaiting(pool);
  assert.equal((await other.result).served, 15);
  assert.ok(pool.free);
});
