import { ProxyError } from '../../core/errors.ts';
import { samePlain } from '../../core/same-plain.ts';
import { CounterBook } from '../../core/shared/counter-book.ts';
import {
  allocateShared,
  beginPlace,
  countedRows,
  endPlace,
  processFields,
  trafficFields,
  type CountedRows,
  type CounterMemory,
  type Plan,
  type PlanParts,
  type PoolRows,
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
  readonly #counts: Map<number, readonly string[]> = new Map();
  /** Of the plan that was asked for last: each thread asks several times. */
  #last: { readonly plan: PlanParts; readonly rows: CountedRows } | undefined;

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

  /** Memory for what one thread counts by this plan; undefined: it goes on where it counts. */
  allocate({ place }: SharedPlace, plan: PlanParts): CounterMemory | undefined {
    const { names } = this.#rowsOf(plan);
    if (samePlain(this.#counts.get(place), names)) return undefined;
    return { traffic: this.traffic.allocate(names.length), process: this.process.allocate(1) };
  }

  /** The thread counts there now. */
  follow({ place }: SharedPlace, plan: PlanParts, memory: CounterMemory): void {
    const { names } = this.#rowsOf(plan);
    this.#counts.set(place, names);
    this.traffic.follow(place, memory.traffic, names);
    this.process.follow(place, memory.process, [processRow]);
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
    this.traffic.keep(new Set(this.#rowsOf(plan).names));
    this.servers.keep(plan);
    this.splits.keep(plan);
    this.tunnels.keep(plan);
  }

  #rowsOf({ routes, pools }: PlanParts): CountedRows {
    const { plan, rows } = this.#last ?? {};
    if (rows !== undefined && plan?.routes === routes && plan.pools === pools) return rows;
    this.#last = { plan: { routes, pools }, rows: countedRows({ routes, pools }) };
    return this.#last.rows;
  }
}
