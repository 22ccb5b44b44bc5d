import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { effectiveState, isUsable } from '../servers/effective-state.ts';
import type { ServerBoard } from '../servers/server-board.ts';
import type { EventKind, ServerEvent } from './server-event.ts';

/** What happens to a pool as a whole, beside that it has usable servers or none. */
export type PoolNote = Extract<
  EventKind,
  'breaker-open' | 'breaker-half-open' | 'breaker-closed' | 'pool-panic' | 'pool-calm'
>;

export const poolNotes: readonly PoolNote[] = [
  'breaker-open',
  'breaker-half-open',
  'breaker-closed',
  'pool-panic',
  'pool-calm',
];

export interface PoolEventsEnv {
  readonly clock: Clock;
  readonly log: Logger;
  readonly board: ServerBoard;
  /** Takes each event; must neither throw nor wait. */
  readonly tell: (event: ServerEvent) => void;
}

interface Known {
  since: number;
  readonly counts: Map<PoolNote, number>;
}

/** Turns what happens to pools into a line of the log, a count, and a word to whoever else wants to hear. */
export class PoolEvents {
  readonly #env: PoolEventsEnv;
  readonly #pools: Map<string, Known> = new Map();

  constructor(env: PoolEventsEnv) {
    this.#env = env;
  }

  /** Others are forgotten. */
  follow(names: ReadonlySet<string>): void {
    for (const name of this.#pools.keys()) if (!names.has(name)) this.#pools.delete(name);
  }

  /** @param why in words, without a full stop. */
  note(event: PoolNote, pool: string, why: string): void {
    const { clock, log, tell } = this.#env;
    const now = clock.date();
    const known = this.#pools.get(pool);
    const beforeMs = known === undefined ? 0 : Math.max(0, now - known.since);
    const counts = known?.counts ?? new Map<PoolNote, number>();
    counts.set(event, (counts.get(event) ?? 0) + 1);
    this.#pools.set(pool, { since: now, counts });
    log[levels[event]](`${sentences[event].replace('POOL', pool)}: ${why}`, { event, pool });
    tell({ event, at: new Date(now).toISOString(), pool, server: undefined, why, beforeMs, ...this.#count(pool) });
  }

  /** How often what has happened, since the pool is in the config. */
  countsOf(pool: string): Readonly<Partial<Record<PoolNote, number>>> {
    return Object.fromEntries(this.#pools.get(pool)?.counts ?? []);
  }

  #count(pool: string): { readonly usable: number; readonly servers: number } {
    const servers = this.#env.board.serversOf(pool);
    const usable = servers.filter(({ plan, record }) => isUsable(effectiveState(record, plan)));
    return { usable: usable.length, servers: servers.length };
  }
}

const sentences: Readonly<Record<PoolNote, string>> = {
  'breaker-open': 'The circuit breaker of the pool POOL is open: its requests are answered with 503',
  'breaker-half-open': 'The circuit breaker of the pool POOL lets a few requests try out whether it may close',
  'breaker-closed': 'The circuit breaker of the pool POOL is closed again',
  'pool-panic': 'So few servers of the pool POOL are up that all of them are used',
  'pool-calm': 'Enough servers of the pool POOL are up again, and only these are used',
};

const levels: Readonly<Record<PoolNote, 'error' | 'warn' | 'info'>> = {
  'breaker-open': 'error',
  'breaker-half-open': 'info',
  'breaker-closed': 'info',
  'pool-panic': 'error',
  'pool-calm': 'info',
};
