/** A thread whose exchanges want places at servers that all threads share: an entry file, never imported. */
import { parentPort, workerData } from 'node:worker_threads';

import { LoopClock } from '../../src/core/loop-clock.ts';
import { ProxyError } from '../../src/core/errors.ts';
import { SharedRow, type RowsMemory } from '../../src/core/shared/shared-rows.ts';
import { TimerWheel } from '../../src/core/timer-wheel.ts';
import type { Exchange } from '../../src/proxy/exchange.ts';
import { importances, type CapacityPlan } from '../../src/proxy/capacity-plan.ts';
import type { Picker } from '../../src/proxy/picker.ts';
import { ServerField } from '../../src/proxy/server-state.ts';
import { Places, type Placed } from '../../src/proxy/upstream/queue/places.ts';
import { Waiter, type PlaceTaker, type Wanted } from '../../src/proxy/upstream/queue/waiter.ts';

/** What the thread is to do. */
export interface QueueWork {
  readonly memory: RowsMemory;
  readonly place: number;
  /** Each has as many places as its row says. */
  readonly servers: number;
  readonly capacity: CapacityPlan;
  /** Exchanges at once, and how many each does, one after the other. */
  readonly clients: number;
  readonly rounds: number;
  /** `alike`: all may have any server. `mixed`: some want one server alone, some not another, some give up, some matter more. */
  readonly kind: 'alike' | 'mixed';
  /** True: when all have a place or wait, it says so, and does nothing any more. */
  readonly hold?: boolean;
  /** Words of all: places taken now, the most that there were, and the number of the next that is served from the queue. */
  readonly seen: SharedArrayBuffer;
}

/** What it tells at the end. */
export interface QueueResult {
  readonly served: number;
  readonly refused: number;
  /** Of those that waited: the number of their coming, and that of their turn. */
  readonly turns: readonly (readonly [number, number])[];
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test gives it
const work = workerData as QueueWork;
const seen = new Int32Array(work.seen);

class Site implements Placed {
  readonly name: string;
  readonly row: SharedRow;

  constructor(row: SharedRow, i: number) {
    this.name = String(i);
    this.row = row;
  }

  take(): boolean {
    return this.row.take(ServerField.exchanges, this.row.get(ServerField.maxRequests));
  }

  release(): void {
    this.row.give(ServerField.exchanges);
  }

  get full(): boolean {
    return this.row.get(ServerField.exchanges) >= this.row.get(ServerField.maxRequests);
  }

  giveUpIdle(): void {
    // It has none.
  }
}

const servers = Array.from(
  { length: work.servers },
  (_, i) => new Site(new SharedRow(work.memory, i + 1, work.place), i),
);

const picker: Picker<Site> = {
  pick(_exchange, usable, tried) {
    const from = Math.floor(Math.random() * usable.length);
    const order = [...usable.slice(from), ...usable.slice(0, from)];
    return order.find((server) => tried?.has(server) !== true) ?? order[0]!;
  },
};

const clock = new LoopClock({ now: () => performance.now(), date: () => Date.now() });
// The wheel stands still: nobody looks again by itself.
const quiet = (): void => undefined;
const env = {
  clock,
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  wheel: new TimerWheel(clock),
  bug: (error: unknown) =>
    void setImmediate(() => {
      throw error;
    }),
};
const pool = new SharedRow(work.memory, 0, work.place);
const places = new Places<Site>(
  { pool: 'app', capacity: work.capacity, picker, row: pool, usable: { list: servers } },
  env,
);
const result = { served: 0, refused: 0, turns: [] as [number, number][] };
let left = work.clients;

/** One exchange after the other. */
class Client implements PlaceTaker<Site> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is asked of it
  exchange = { timings: { queuedMs: 0 } } as unknown as Exchange;
  #rounds = work.rounds;
  #waiter: Waiter<Site> | undefined;

  next(): void {
    if (this.#rounds-- === 0) return void (--left === 0 && parentPort!.postMessage(result));
    const importance = work.kind === 'alike' ? 'normal' : importances[Math.floor(Math.random() * 3)]!;
    const found = places.enter(this, wanted(), importance);
    if (found instanceof ProxyError) return this.refused();
    if (!(found instanceof Waiter)) return this.#hold(found);
    this.#waiter = found;
    if (work.kind === 'mixed' && Math.random() < 0.1) setImmediate(() => this.#giveUp(found));
  }

  placed(server: Site): void {
    result.turns.push([this.#waiter!.rank, Atomics.add(seen, 2, 1)]);
    this.#waiter = undefined;
    this.#hold(server);
  }

  refused(): void {
    result.refused++;
    setImmediate(() => this.next());
  }

  #giveUp(waiter: Waiter<Site>): void {
    if (this.#waiter !== waiter) return;
    this.#waiter = undefined;
    waiter.cancel();
    this.refused();
  }

  #hold(server: Site): void {
    const now = Atomics.add(seen, 0, 1) + 1;
    for (let most = seen[1]!; now > most; most = seen[1]!) Atomics.compareExchange(seen, 1, most, now);
    if (work.hold === true) return;
    const end = (): void => {
      Atomics.sub(seen, 0, 1);
      result.served++;
      places.release(server);
      this.next();
    };
    if (Math.random() < 0.2) setTimeout(end, 1);
    else setImmediate(end);
  }
}

function wanted(): Wanted<Site> {
  const dice = work.kind === 'alike' ? 1 : Math.random();
  const one = servers[Math.floor(Math.random() * servers.length)]!;
  if (dice < 0.2) return { only: one, tried: undefined };
  return { only: undefined, tried: dice < 0.4 ? new Set([one]) : undefined };
}

for (let i = 0; i < work.clients; i++) new Client().next();
if (work.hold === true) parentPort!.postMessage(result);
parentPort!.on('message', () => undefined); // Until it is ended from outside.
