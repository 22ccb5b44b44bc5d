import type { PoolNote } from '../events/pool-events.ts';
import type { BreakerStatus } from '../outliers/pool-watch.ts';

/** What is known of a pool as a whole, for people. */
export interface PoolState {
  readonly pool: string;
  /** So few of its servers are up that all of them are used. */
  readonly panic: boolean;
  /** Undefined: it has none. */
  readonly breaker?: Omit<BreakerStatus, 'pool'> | undefined;
  /** How often what happened to it, since it is in the config. */
  readonly changes: Readonly<Partial<Record<PoolNote, number>>>;
}
