import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { DataEvent, Plan, PoolPlan } from '../../proxy/index.ts';
import { messageOf } from '../message-of.ts';
import type { After } from '../health/recurring.ts';
import type { BoardRows, ServerBoard, ServerName } from '../servers/server-board.ts';
import type { CircuitChange, CircuitState } from './circuit.ts';
import { Ejections, type EjectionStatus } from './ejections.ts';
import type { OutlierKind } from './find-outliers.ts';
import { PoolWatch, type BreakerStatus } from './pool-watch.ts';

/** What threads have counted is looked at so often, in ms: by so much a circuit breaker may be late. */
const tickMs = 100;

export interface TrafficWatchEnv {
  readonly board: ServerBoard;
  readonly clock: Clock;
  readonly log: Logger;
  readonly after: After;
  /** Gives 0 <= n < 1. */
  readonly random: () => number;
  /** A health check of the server that began at or after that time (ms since 1970) has passed. */
  readonly passedSince: (name: ServerName, since: number) => boolean;
  /** The circuit breaker of a pool has changed. */
  readonly breakerChanged: (pool: string, to: CircuitState, why: string) => void;
}

/**
 * Decides by what traffic itself is like which servers are taken out for a while, and which pools get no requests: threads
 * count, main decides.
 */
export class TrafficWatch {
  readonly #env: TrafficWatchEnv;
  readonly #ejections: Ejections;
  readonly #pools: Map<string, PoolWatch> = new Map();
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(env: TrafficWatchEnv) {
    this.#env = env;
    this.#ejections = new Ejections(env, ({ pool, server }, kind) => {
      if (kind === 'breaker') this.#pools.get(pool)?.returned(server);
    });
  }

  /** The board has the servers of this plan already. */
  follow({ pools }: Pick<Plan, 'pools'>): void {
    const watched = new Map(pools.flatMap((pool) => (pool.passive === undefined ? [] : [[pool.name, pool] as const])));
    for (const [name, watch] of this.#pools) {
      if (watched.has(name)) continue;
      watch.end();
      this.#pools.delete(name);
    }
    for (const [name, pool] of watched) {
      const rows = this.#env.board.rowsOfPool(name);
      if (rows === undefined) continue;
      const known = this.#pools.get(name);
      if (known !== undefined) known.follow(pool, rows);
      else this.#pools.set(name, this.#watch(pool, rows));
    }
    this.#ejections.follow((name, kind) => this.#pools.get(name.pool)?.rulesFor(kind));
    this.#schedule();
  }

  /** A thread has something to say. */
  take(event: DataEvent): void {
    this.#safely(() => {
      const pool = this.#pools.get(event.pool);
      if (event.kind === 'streak') pool?.streak(event.server, event.streak, event.length);
      else pool?.probe(event.ok);
    });
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Undefined: it is not out. */
  ejectionOf(name: ServerName): EjectionStatus | undefined {
    return this.#ejections.statusOf(name);
  }

  /** How often a server was taken out, and what for. */
  ejectionCountsOf(name: ServerName): Readonly<Partial<Record<OutlierKind, number>>> | undefined {
    const counts = this.#ejections.countsOf(name);
    return counts && Object.fromEntries(counts);
  }

  /** Of all pools that have one. */
  get breakers(): readonly BreakerStatus[] {
    return [...this.#pools.values()].flatMap(({ breaker }) => breaker ?? []);
  }

  #watch(pool: PoolPlan, rows: BoardRows): PoolWatch {
    const { board, clock } = this.#env;
    const changed = (name: string, { to, why }: CircuitChange): void => this.#env.breakerChanged(name, to, why);
    return new PoolWatch({ board, clock, ejections: this.#ejections, changed }, pool, rows);
  }

  /** Nobody is woken while there is nothing to look at. */
  #schedule(): void {
    const busy = this.#ejections.busy || [...this.#pools.values()].some((pool) => pool.busy);
    if (this.#stopped || this.#cancel !== undefined || !busy) return;
    this.#cancel = this.#env.after(tickMs, () => {
      this.#cancel = undefined;
      this.#safely(() => this.#tick());
      this.#schedule();
    });
  }

  #tick(): void {
    this.#ejections.tick();
    for (const pool of this.#pools.values()) if (pool.busy) pool.tick();
  }

  /** Traffic goes on, whatever becomes of its judges. */
  #safely(judge: () => void): void {
    try {
      judge();
    } catch (error) {
      this.#env.log.error(`Cannot judge the servers by their traffic: ${messageOf(error)}`);
    }
  }
}
