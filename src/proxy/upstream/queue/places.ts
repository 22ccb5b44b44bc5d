import type { ProxyError } from '../../../core/errors.ts';
import type { SharedRow } from '../../../core/shared/shared-rows.ts';
import { plainCapacity, type CapacityPlan, type Importance, type QueuePlan } from '../../capacity-plan.ts';
import type { Exchange } from '../../exchange.ts';
import type { Picker } from '../../picker.ts';
import { PoolField, tellWaiting } from '../../server-state.ts';
import { ServerQueue, type PlaceSource, type QueueEnv } from './server-queue.ts';
import type { PlaceTaker, Waiter, Wanted } from './waiter.ts';

/** A server as far as it has places. */
export interface Placed {
  readonly name: string;
  /** Takes a place; false: it is full. */
  take(): boolean;
  release(): void;
  readonly full: boolean;
  /** Gives up a connection that is idle, where no more may be opened. */
  giveUpIdle(): void;
}

/** What places are made of. */
export interface PlacesParts<S extends Placed> {
  /** Name of the pool. */
  readonly pool: string;
  readonly capacity: CapacityPlan | undefined;
  readonly picker: Picker<S>;
  readonly row: SharedRow;
  readonly usable: { readonly list: readonly S[] };
  /** Those of the pool before: who waits there goes on waiting here. */
  readonly before?: Places<S> | undefined;
}

/**
 * The places of a pool: what its servers may have at once, each and all together, exact over all threads, and the queue of
 * those that find none.
 */
export class Places<S extends Placed> implements PlaceSource<S> {
  readonly pool: string;
  readonly queue: QueuePlan;
  readonly #max: number;
  readonly #picker: Picker<S>;
  readonly #row: SharedRow;
  readonly #usable: { readonly list: readonly S[] };
  readonly #line: ServerQueue<S>;

  constructor({ pool, capacity = plainCapacity, picker, row, usable, before }: PlacesParts<S>, env: QueueEnv) {
    this.pool = pool;
    this.queue = capacity.queue;
    this.#max = capacity.maxRequests === 0 ? Infinity : capacity.maxRequests;
    this.#picker = picker;
    this.#row = row;
    this.#usable = usable;
    this.#line = before?.lineOf(row) ?? new ServerQueue<S>(this, row, env);
  }

  /** It is in force. @param keeps idle connections that others may need. */
  begin(keeps: boolean): void {
    this.#line.source = this;
    this.#line.listen(keeps);
  }

  /** No new exchanges come, unless another one has the queue now. */
  end(): void {
    if (this.#line.source === this) this.#line.listen(false);
  }

  /** The queue, if it is that of this row. */
  lineOf(row: SharedRow): ServerQueue<S> | undefined {
    return this.#line.row.same(row) ? this.#line : undefined;
  }

  /** Those that wait, over all threads. */
  get waiting(): number {
    return this.#row.get(PoolField.waiting);
  }

  /** What becomes of an exchange while there is no room, for people. */
  get fullWords(): string {
    const { max, timeoutMs } = this.queue;
    if (this.waiting >= max) return `all servers are full, and ${this.waiting} wait: it would be refused`;
    return `all servers are full: it would wait behind ${this.waiting} others, for ${timeoutMs} ms at most`;
  }

  get roomy(): boolean {
    return this.#row.load(PoolField.exchanges) < this.#max && this.#usable.list.some((server) => !server.full);
  }

  /** A place at a server, taken; or one who waits for it and will hear; or why there is none. */
  enter(taker: PlaceTaker<S>, wanted: Wanted<S>, importance: Importance = 'normal'): S | Waiter<S> | ProxyError {
    const server = this.#line.busy(importance) ? undefined : this.take(taker.exchange, wanted);
    return server ?? this.#line.enter(taker, wanted, importance);
  }

  take(exchange: Exchange, { tried, only }: Wanted<S>): S | undefined {
    if (this.#row.get(PoolField.exchanges) >= this.#max) return undefined;
    if (only !== undefined) return this.#takeAt(only) ? only : undefined;
    const { list } = this.#usable;
    if (list.length === 0 || (tried !== undefined && list.every((server) => tried.has(server)))) return undefined;
    const server = this.#picker.pick(exchange, list, tried);
    return this.#takeAt(server) ? server : this.#takeOther(exchange, list, tried);
  }

  release(server: S): void {
    server.release();
    this.#row.give(PoolField.exchanges);
    this.#line.freed();
  }

  /** A connection has gone. */
  freed(): void {
    this.#line.freed();
  }

  giveUpIdle(): void {
    for (const server of this.#usable.list) server.giveUpIdle();
  }

  /** The picker's choice is full: it is asked again, without those that are. */
  #takeOther(exchange: Exchange, list: readonly S[], tried: ReadonlySet<S> | undefined): S | undefined {
    const passed = new Set(list.filter((server) => server.full || tried?.has(server) === true));
    // Each round passes over one more, if another thread has taken its last place.
    while (list.some((server) => !passed.has(server))) {
      const server = this.#picker.pick(exchange, list, passed);
      if (this.#takeAt(server)) return server;
      passed.add(server);
    }
    return undefined;
  }

  #takeAt(server: S): boolean {
    if (!server.take()) return false;
    if (this.#row.take(PoolField.exchanges, this.#max)) return true;
    // Another thread has taken the pool's last place. Whoever has looked meanwhile has seen one less than there is.
    server.release();
    tellWaiting(this.#row);
    return false;
  }
}
