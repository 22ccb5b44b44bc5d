import { RowBook } from '../../core/shared/row-book.ts';
import type { SharedRow } from '../../core/shared/shared-rows.ts';
import {
  PoolField,
  rowNames,
  tellWaiting,
  writeLimits,
  writeState,
  type Plan,
  type PoolPlan,
  type PoolRows,
  type ServerPlan,
} from '../../proxy/index.ts';
import { effectiveLimits, effectiveState } from './effective-state.ts';
import type { ServerRecord } from './server-record.ts';
import { silent } from './server-word.ts';

/** A server of a pool, by their names in the config. */
export interface ServerName {
  readonly pool: string;
  readonly server: string;
}

/** Something has changed about a server. */
export interface ServerChange extends ServerName {
  readonly before: ServerRecord;
  readonly after: ServerRecord;
  /** A sentence without a full stop. */
  readonly why: string;
}

function freshRecord({ checks }: Pick<PoolPlan, 'checks'>): ServerRecord {
  const health = checks?.health?.init ?? 'unknown';
  return { operator: 'ready', health, ejected: false, weight: undefined, share: 1, said: silent };
}

/** What main reads and writes of a pool in the memory of all threads. */
export interface BoardRows {
  readonly pool: SharedRow;
  readonly servers: ReadonlyMap<string, SharedRow>;
}

interface Entry extends ServerName {
  readonly plan: ServerPlan;
  record: ServerRecord;
}

/**
 * What is known of all servers, in one place: main alone writes it, into memory that all threads read.
 *
 * (1) A server is known by its name and its pool's. Its state stays while both stay, whatever else a reload changes.
 * (2) Threads look at the pool's epoch, so it is told after the states.
 */
export class ServerBoard {
  readonly #rows: RowBook;
  readonly #entries: Map<string, Entry> = new Map();
  readonly #byPool: Map<string, readonly Entry[]> = new Map();
  readonly #pools: Map<string, PoolPlan> = new Map();
  /** Of the pools that were asked for last: each thread asks, and reloads often leave them as they are. */
  #last: { readonly of: Plan['pools']; readonly rows: PoolRows } | undefined;
  /** The pools in force. */
  #kept: Plan['pools'] | undefined;
  readonly #listeners: Set<(change: ServerChange) => void> = new Set();
  #wished: (name: ServerName) => Partial<ServerRecord> = () => ({});

  /** @param places how many threads there may be at once. */
  constructor(places: number) {
    this.#rows = new RowBook(places);
  }

  /** What is to be said of a server from its first moment on; default: nothing. */
  set wishes(wished: (name: ServerName) => Partial<ServerRecord>) {
    this.#wished = wished;
  }

  /** The rows for a plan that threads are about to get: those that are new say what the plan says. */
  rowsOf({ pools }: Pick<Plan, 'pools'>): PoolRows {
    if (this.#last?.of !== pools) {
      const places = new Map(pools.map((pool) => [pool.name, this.#placesOf(pool)]));
      this.#last = { of: pools, rows: { memory: this.#rows.memory, pools: places } };
    }
    return this.#last.rows;
  }

  /** All threads have this plan: what is known of other servers is forgotten. */
  keep({ pools }: Pick<Plan, 'pools'>): void {
    if (this.#kept === pools && this.#last?.of === pools) return;
    this.#kept = pools;
    if (this.#last?.of !== pools) this.#last = undefined;
    const names = new Set(pools.flatMap((pool) => rowNames(pool).flat()));
    this.#rows.keep(names);
    const before = new Map(this.#entries);
    this.#entries.clear();
    this.#byPool.clear();
    const poolsBefore = new Map(this.#pools);
    this.#pools.clear();
    for (const pool of pools) {
      this.#pools.set(pool.name, pool);
      const entries = pool.servers.map((plan) => {
        const key = keyOf(pool.name, plan.name);
        const record = before.get(key)?.record ?? this.#fresh(pool, plan);
        const entry = { pool: pool.name, server: plan.name, plan, record };
        this.#entries.set(key, entry);
        return entry;
      });
      this.#byPool.set(pool.name, entries);
      // Equal pools are the same object: their rows say it already.
      if (poolsBefore.get(pool.name) !== pool) this.#write(pool);
    }
  }

  /** A thread has ended: what it held of servers is given back. */
  ended(place: number): void {
    this.#rows.ended(place);
    for (const pool of this.#pools.values()) tellWaiting(this.#rows.row(this.#placesOf(pool).pool));
  }

  /** Undefined: there is no such server. */
  get({ pool, server }: ServerName): ServerRecord | undefined {
    return this.#entries.get(keyOf(pool, server))?.record;
  }

  /** What the config says of it. Undefined: there is no such server. */
  plan({ pool, server }: ServerName): ServerPlan | undefined {
    return this.#entries.get(keyOf(pool, server))?.plan;
  }

  /** The servers of one pool, in the order of the config. */
  serversOf(pool: string): readonly { readonly plan: ServerPlan; readonly record: ServerRecord }[] {
    return this.#byPool.get(pool) ?? [];
  }

  /** All servers, by pool. */
  get servers(): readonly (ServerName & { readonly plan: ServerPlan; readonly record: ServerRecord })[] {
    return [...this.#entries.values()];
  }

  /** What the field of its row says, over all threads. */
  read({ pool, server }: ServerName, field: number): number {
    const entry = this.#entries.get(keyOf(pool, server));
    if (entry === undefined) return 0;
    const [, [name]] = rowNames({ name: pool, servers: [entry.plan] });
    return this.#rows.row(this.#rows.claim(name!)).get(field);
  }

  /** The rows of a pool and its servers, by their names, as main sees them. They stay theirs as long as the config has them. */
  rowsOfPool(pool: string): BoardRows | undefined {
    const plan = this.#pools.get(pool);
    if (plan === undefined) return undefined;
    const places = this.#placesOf(plan);
    const servers = plan.servers.map(({ name }, i) => [name, this.#rows.row(places.servers[i]!)] as const);
    return { pool: this.#rows.row(places.pool), servers: new Map(servers) };
  }

  /**
   * Changes what is known of a server.
   *
   * @param why a sentence without a full stop, for the log.
   * @returns false: there is no such server, or it is so already.
   */
  change(name: ServerName, parts: Partial<ServerRecord>, why: string): boolean {
    const entry = this.#entries.get(keyOf(name.pool, name.server));
    if (entry === undefined) return false;
    const before = entry.record;
    const after = { ...before, ...parts };
    if (JSON.stringify(after) === JSON.stringify(before)) return false;
    entry.record = after;
    this.#writeOne(this.#pools.get(name.pool)!, entry);
    const change = { pool: entry.pool, server: entry.server, before, after, why };
    for (const listener of this.#listeners) listener(change);
    return true;
  }

  /** @returns how to stop listening. */
  listen(listener: (change: ServerChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #fresh(pool: PoolPlan, { name }: ServerPlan): ServerRecord {
    return { ...freshRecord(pool), ...this.#wished({ pool: pool.name, server: name }) };
  }

  #placesOf(pool: PoolPlan): { readonly pool: number; readonly servers: readonly number[] } {
    const [poolName, serverNames] = rowNames(pool);
    return {
      pool: this.#rows.claim(poolName),
      servers: serverNames.map((name, i) => this.#claim(name, pool.servers[i]!, pool)),
    };
  }

  #claim(name: string, server: ServerPlan, pool: PoolPlan): number {
    const known = this.#rows.has(name);
    const row = this.#rows.claim(name);
    if (!known) this.#tell(row, this.#fresh(pool, server), server);
    return row;
  }

  /** The states of all servers of a pool, and then its epoch. */
  #write(pool: PoolPlan): void {
    const places = this.#placesOf(pool);
    for (const [i, plan] of pool.servers.entries()) {
      const { record } = this.#entries.get(keyOf(pool.name, plan.name))!;
      this.#tell(places.servers[i]!, record, plan);
    }
    this.#changed(places.pool);
  }

  /** The same where only one server has changed: a pool may have thousands, each with news every second. */
  #writeOne(pool: PoolPlan, { plan, record }: Entry): void {
    const [poolName, [serverName]] = rowNames({ name: pool.name, servers: [plan] });
    this.#tell(this.#rows.claim(serverName!), record, plan);
    this.#changed(this.#rows.claim(poolName));
  }

  /** Something about the pool is another than before; who waits there may have a place now. */
  #changed(pool: number): void {
    this.#rows.row(pool).add(PoolField.epoch, 1);
    tellWaiting(this.#rows.row(pool));
  }

  /** What threads are to know of one server. */
  #tell(row: number, record: ServerRecord, plan: ServerPlan): void {
    writeState(this.#rows.row(row), effectiveState(record, plan));
    writeLimits(this.#rows.row(row), effectiveLimits(record, plan));
  }
}

function keyOf(pool: string, server: string): string {
  return JSON.stringify([pool, server]);
}
