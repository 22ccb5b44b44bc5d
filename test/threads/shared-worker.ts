/** A thread that does what a test tells it to, with shared memory: an entry file, never imported. */
import { parentPort, workerData } from 'node:worker_threads';

import { PeakEwma } from '../../src/core/peak-ewma.ts';
import { CounterSheet } from '../../src/core/shared/counter-sheet.ts';
import { SharedCursor } from '../../src/core/shared/shared-cursor.ts';
import { allocatePiece, SharedRow } from '../../src/core/shared/shared-rows.ts';
import { SharedCount } from '../../src/core/shared/shared-count.ts';
import { SharedKeyCounts, type KeyCountsMemory } from '../../src/core/shared/shared-key-counts.ts';
import type { Exchange } from '../../src/proxy/exchange.ts';
import { RoundRobin } from '../../src/proxy/pick/round-robin.ts';
import type { Candidate } from '../../src/proxy/picker.ts';

/** What the thread is to do. */
export type SharedWork =
  /** Takes and gives at random, and ends with `held` taken. The highest sum that it saw is told. */
  | { kind: 'count'; memory: SharedArrayBuffer; thread: number; limit: number; rounds: number; held: number }
  | {
      kind: 'keys';
      memory: KeyCountsMemory;
      thread: number;
      limit: number;
      rounds: number;
      keys: number;
      /** A word for each key, and one for those that are there: they begin when all `threads` are. */
      sums: SharedArrayBuffer;
      threads: number;
    }
  /** Picks one of servers of these weights again and again. How often each was picked is told. */
  | { kind: 'pick'; memory: SharedArrayBuffer; weights: readonly number[]; rounds: number }
  | { kind: 'sheet'; memories: SharedArrayBuffer[]; names: string[][]; rounds: number };

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test gives it
const work = workerData as SharedWork;

if (work.kind === 'count') countAtRandom(work);
else if (work.kind === 'keys') takeKeys(work);
else if (work.kind === 'pick') pick(work);
else countInSheet(work);

function countAtRandom({ memory, thread, limit, rounds, held }: SharedWork & { kind: 'count' }): void {
  const count = new SharedCount(memory, thread);
  let highest = 0;
  let own = 0;
  for (let i = 0; i < rounds; i++) {
    if (Math.random() < 0.6) {
      if (count.take(limit)) own++;
      highest = Math.max(highest, count.sum);
    } else if (own > 0) {
      own--;
      count.give();
    }
  }
  for (; own > held; own--) count.give();
  // The others may hold all of it for a moment.
  while (own < held) if (count.take(limit)) own++;
  parentPort!.postMessage({ highest, own });
  parentPort!.on('message', () => {}); // Until it is ended from outside.
}

/** `sums` is the truth beside: how many hold each key, by atomics. The highest that was seen is told. */
function takeKeys({ memory, thread, limit, rounds, keys, sums, threads }: SharedWork & { kind: 'keys' }): void {
  const counts = new SharedKeyCounts(memory, thread);
  const truth = new Int32Array(sums);
  beginTogether(truth, keys, threads);
  const own = Array.from({ length: keys }, () => 0);
  let highest = 0;
  let taken = 0;
  for (let i = 0; i < rounds; i++) {
    const key = Math.floor(Math.random() * keys);
    if (Math.random() < 0.6) {
      if (!counts.take(`10.0.0.${key}`, limit)) continue;
      taken++;
      own[key]!++;
      highest = Math.max(highest, Atomics.add(truth, key, 1) + 1);
    } else if (own[key]! > 0) {
      own[key]!--;
      Atomics.sub(truth, key, 1);
      counts.give(`10.0.0.${key}`);
    }
  }
  parentPort!.postMessage({ highest, taken, own });
  parentPort!.on('message', () => {});
}

/** One that comes late would find all taken, and by nobody who gives any more. */
function beginTogether(words: Int32Array, at: number, threads: number): void {
  Atomics.add(words, at, 1);
  Atomics.notify(words, at);
  for (let here = 0; (here = Atomics.load(words, at)) < threads;) Atomics.wait(words, at, here);
}

function countInSheet({ memories, names, rounds }: SharedWork & { kind: 'sheet' }): void {
  const sheet = new CounterSheet(2);
  for (const [i, memory] of memories.entries()) {
    sheet.move(memory, names[i]!);
    const rows = names[i]!.map((name) => sheet.row(name));
    for (let round = 0; round < rounds; round++) {
      for (const row of rows) {
        row.values[row.at]! += 1;
        row.values[row.at + 1]! += 1000;
      }
    }
    parentPort!.postMessage({ moved: i });
  }
  parentPort!.on('message', () => {});
}

function pick({ memory, weights, rounds }: SharedWork & { kind: 'pick' }): void {
  const cursor = new SharedCursor(new Int32Array(memory));
  const row = new SharedRow({ places: 1, pieces: [allocatePiece(1)] }, 0, 0);
  const latency = new PeakEwma();
  const usable = weights.map((weight, i) => ({ name: String(i), weight, active: 0, full: false, row, latency }));
  const picker = new RoundRobin<Candidate>({ cursor });
  const picked = usable.map(() => 0);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a picker reads nothing else of it
  const exchange = { dry: false } as Exchange;
  for (let i = 0; i < rounds; i++) picked[Number(picker.pick(exchange, usable, undefined).name)]! += 1;
  parentPort!.postMessage(picked);
  parentPort!.on('message', () => {});
}
