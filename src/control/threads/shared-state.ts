import { ProxyError } from '../../core/errors.ts';
import { CounterBook } from '../../core/shared/counter-book.ts';
import {
  allocateShared,
  beginPlace,
  countedRows,
  endPlace,
  processFields,
  trafficFields,
  type CounterMemory,
  type Plan,
  type SharedMemory,
  type SharedPlace,
} from '../../proxy/index.ts';

/** Places a thread: itself, one that takes its place while it drains, and one more for all together. */
const placesPerThread = 2;

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
  readonly #memory: SharedMemory;
  readonly #free: number[];

  /**
   * @param threads data threads.
   * @param clients how many may be connected at once; default: what is usual.
   */
  constructor(threads: number, clients?: number) {
    const places = threads * placesPerThread + 1;
    this.#memory = allocateShared(places, clients);
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
    this.traffic.ended(taken.place);
    this.process.ended(taken.place);
    this.#free.push(taken.place);
  }

  /** Memory for what one thread counts by this plan. */
  allocate(plan: Plan): CounterMemory {
    return { traffic: this.traffic.allocate(countedRows(plan).names.length), process: this.process.allocate(1) };
  }

  /** The thread counts there now. */
  follow({ place }: SharedPlace, plan: Plan, memory: CounterMemory): void {
    this.traffic.follow(place, memory.traffic, countedRows(plan).names);
    this.process.follow(place, memory.process, [processRow]);
  }

  /** Forgets what routes and servers counted that are not in this plan. */
  keep(plan: Plan): void {
    this.traffic.keep(new Set(countedRows(plan).names));
  }
}
