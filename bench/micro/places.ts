/**
 * What taking and giving back a place at a server costs, beside the pick: `node bench/micro/places.ts [rounds]` prints
 * nanoseconds, each the best of seven runs.
 */
import { LoopClock } from '../../src/core/loop-clock.ts';
import { allocatePiece, SharedRow } from '../../src/core/shared/shared-rows.ts';
import { SharedCursor } from '../../src/core/shared/shared-cursor.ts';
import { TimerWheel } from '../../src/core/timer-wheel.ts';
import type { Exchange } from '../../src/proxy/exchange.ts';
import { RoundRobin } from '../../src/proxy/pick/round-robin.ts';
import type { Candidate } from '../../src/proxy/picker.ts';
import { PeakEwma } from '../../src/core/peak-ewma.ts';
import { PoolField, ServerField } from '../../src/proxy/server-state.ts';
import { Places, type Placed } from '../../src/proxy/upstream/queue/places.ts';

const rounds = Number(process.argv[2] ?? 2_000_000);
const memory = { places: 3, pieces: [allocatePiece(3)] };

class Server implements Placed, Candidate {
  readonly row: SharedRow;
  readonly name: string;
  readonly weight = 1;
  readonly latency: PeakEwma = new PeakEwma();

  constructor(i: number) {
    this.row = new SharedRow(memory, i, 1);
    this.name = String(i);
  }

  take(): boolean {
    const limit = this.row.get(ServerField.maxRequests);
    return this.row.take(ServerField.exchanges, limit === 0 ? Infinity : limit);
  }

  release(): void {
    this.row.give(ServerField.exchanges);
  }

  get active(): number {
    return this.row.get(ServerField.exchanges);
  }

  get full(): boolean {
    return false;
  }

  giveUpIdle(): void {
    // It has none.
  }
}

const servers = Array.from({ length: 10 }, (_, i) => new Server(i + 1));
const pool = new SharedRow(memory, 0, 1);
const picker = new RoundRobin<Server>({ cursor: new SharedCursor(pool.cell(PoolField.cursor)) });
const clock = new LoopClock({ now: () => performance.now(), date: () => Date.now() });
const log = { debug: fail, info: fail, warn: fail, error: fail };
const env = { clock, wheel: new TimerWheel(clock), bug: fail, log };
const places = new Places({ pool: 'app', capacity: undefined, picker, row: pool, usable: { list: servers } }, env);
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is asked of it
const exchange = { dry: false, trace: undefined, timings: {} } as unknown as Exchange;
const taker = { exchange, placed: fail, refused: fail };
const wanted = { tried: undefined, only: undefined };

function fail(): void {
  throw new Error('Cannot wait here: there is room');
}

const without = best(() => {
  const server = picker.pick(exchange, servers, undefined);
  server.take();
  server.release();
});
const withPlaces = best(() => {
  const server = places.enter(taker, wanted);
  if (server instanceof Server) places.release(server);
});
console.log(`pick and count                 ${without.toFixed(0)} ns`);
console.log(`pick and take a place in turn  ${withPlaces.toFixed(0)} ns`);

function best(work: () => void): number {
  const runs = Array.from({ length: 7 }, () => {
    const from = performance.now();
    for (let i = 0; i < rounds; i++) work();
    return ((performance.now() - from) * 1e6) / rounds;
  });
  return Math.min(...runs);
}
