import { ProxyError } from '../../core/errors.ts';
import { samePlain } from '../../core/same-plain.ts';
import { CounterBook } from '../../core/shared/counter-book.ts';
import { atOnce } from '../../core/piecework.ts';
import {
  allocateShared,
  beginPlace,
  countingPools,
  countingRoutes,
  endPlace,
  joinCounted,
  processFields,
  trafficFields,
  type CountedPools,
  type CountedRoutes,
  type CountedRows,
  type CounterMemory,
  type Plan,
  type PlanParts,
  type PoolRows,
  type RowNames,
  type SharedMemory,
  type SharedPlace,
} from '../../proxy/index.ts';
import { ServerBoard } from '../servers/server-board.ts';
import { SplitBoard } from '../servers/split-board.ts';
import { TunnelBoard } from './tunnel-board.ts';

/** Places a thread: itself, one that takes its place while it drains, and one more for all together. */
export const placesPerThread = 2;

/** The one row of what counts for the whole process. */
const processRow = 'process';

/**
 * What main knows of the memory that the threads of a process share: who has which place in it, and what has been counted.
 *
 * A thread that has ended cannot give anything back: what it held is given back here, and what it counted is kept.
 */
export class SharedState {
  readonly traffic: CounterBook = new CounterBook(trafficFields.size);
  readonly process: CounterBook = new CounterBook(processFields.size);
  readonly servers: ServerBoard;
  readonly splits: SplitBoard = new SplitBoard();
  readonly tunnels: TunnelBoard;
  readonly #memory: SharedMemory;
  readonly #free: number[];
  /** Names of the rows that each thread counts, by its place. */
  readonly #counts: Map<number, RowNames> = new Map();
  /** Of the routes and pools that were asked for last: each thread asks several times, and most plans differ in little. */
  #routes: { readonly of: PlanParts['routes']; readonly counted: CountedRoutes } | undefined;
  #pools: { readonly of: PlanParts['pools']; readonly counted: CountedPools } | undefined;

  /**
   * @param threads data threads.
   * @param clients how many may be connected at once; default: what is usual.
   * @param secret signs cookies where the config has no secret of its own; default: one that ends with the process.
   */
  constructor(threads: number, clients?: number, secret?: string) {
    const places = threads * placesPerThread + 1;
    this.#memory = allocateShared(places, clients, secret);
    this.servers = new ServerBoard(places);
    this.tunnels = new TunnelBoard(places);
    this.#free = Array.from({ length: places }, (_, i) => places - 1 - i);
  }

  /** A place for a thread that starts. @throws {ProxyError} `internal-error` where too many still end. */
  take(): SharedPlace {
    const place = this.#free.pop();
    if (place === undefined) {
      throw new ProxyError('internal-error', 'Cannot start a data thread: too many others are still ending');
    }
    const taken = { memory: this.#memory, place };
    beginPlace(taken);
    return taken;
  }

  /** The thread has ended. */
  leave(taken: SharedPlace): void {
    endPlace(taken);
    this.#counts.delete(taken.place);
    this.traffic.ended(taken.place);
    this.process.ended(taken.place);
    this.servers.ended(taken.place);
    this.tunnels.ended(taken.place);
    this.#free.push(taken.place);
  }

  /** Memory for what one thread counts by this plan, as far as it has other rows; undefined: it goes on where it counts. */
  allocate({ place }: SharedPlace, plan: PlanParts): CounterMemory | undefined {
    const { names } = this.counted(plan);
    const before = this.#counts.get(place);
    const memory = {
      routes: samePlain(before?.routes, names.routes) ? undefined : this.traffic.allocate(names.routes.length),
      pools: samePlain(before?.pools, names.pools) ? undefined : this.traffic.allocate(names.pools.length),
      process: before === undefined ? this.process.allocate(1) : undefined,
    };
    return Object.values(memory).every((each) => each === undefined) ? undefined : memory;
  }

  /** The thread counts there now. */
  follow({ place }: SharedPlace, plan: PlanParts, memory: CounterMemory): void {
    const { names } = this.counted(plan);
    this.#counts.set(place, names);
    if (memory.routes !== undefined) this.traffic.follow(place, memory.routes, names.routes, 'routes');
    if (memory.pools !== undefined) this.traffic.follow(place, memory.pools, names.pools, 'pools');
    if (memory.process !== undefined) this.process.follow(place, memory.process, [processRow]);
  }

  /** Nobody knows where the thread counts: the next plan gives it memory of its own. */
  forget({ place }: SharedPlace): void {
    this.#counts.delete(place);
  }

  /** What the pools and servers of this plan share: the same for every thread. */
  rowsOf(plan: Plan): PoolRows {
    return { ...this.servers.rowsOf(plan), splits: this.splits.rowsOf(plan), tunnels: this.tunnels.rowsOf(plan) };
  }

  /** All threads have this plan: what is known of others is forgotten. */
  keep(plan: Plan): void {
    const { names } = this.counted(plan);
    this.traffic.keep(names.routes, names.pools);
    this.servers.keep(plan);
    this.splits.keep(plan);
    this.tunnels.keep(plan);
  }

  /** What is counted of this plan. */
  counted({ routes, pools }: PlanParts): CountedRows {
    if (this.#routes?.of !== routes) this.#routes = { of: routes, counted: atOnce(countingRoutes(routes)) };
    if (this.#pools?.of !== pools) this.#pools = { of: pools, counted: atOnce(countingPools(pools)) };
    return joinCounted(this.#routes.counted, this.#pools.counted);
  }
}
