import type { SharedRow } from '../core/shared/shared-rows.ts';
import { plainLimits, type ServerLimits } from './capacity-plan.ts';
import type { ServerPlan } from './pool-plan.ts';

/**
 * What the operator wants of a server. `drain`: nothing new, but for clients that are bound to it. `maint`: nothing at all, and no
 * checks.
 */
export type OperatorState = 'ready' | 'drain' | 'maint';

/** What checks and traffic have found out. `unknown`: nobody has looked yet; it counts as up. */
export type HealthState = 'unknown' | 'up' | 'down';

export interface ServerState {
  readonly operator: OperatorState;
  readonly health: HealthState;
  /** Taken out for a while, because of what traffic with it was like. */
  readonly ejected: boolean;
  /** Its share beside the others, with all that changes it: slow start, what the server itself reports. */
  readonly weight: number;
}

/** Fields of a server's row. Those below 8 are counted by thread. */
export const ServerField = {
  /** Exchanges that it has now. */
  exchanges: 0,
  /** Connections to it that are open. */
  connections: 1,
  /** Exchanges that it may have; 0: no bound. */
  maxRequests: 5,
  /** Connections to it that may be open; 0: no bound. */
  maxConnections: 6,
  state: 8,
  /** In thousandths. */
  weight: 9,
  /** Failures in a row, by what counts as one: `upstream/passive/streaks.ts`. */
  streaks: 10,
  /** Attempts that are over, those of them that failed, and answers that were slow. They wrap: only differences say something. */
  attempts: 11,
  failed: 12,
  slow: 13,
  /** Sum of the times to the first byte, in tenths of ms, and how many these are; both wrap. */
  latency: 14,
  timed: 15,
} as const;

/** Fields of a pool's row. */
export const PoolField = {
  /** Exchanges that its servers have now. */
  exchanges: 0,
  /** Exchanges that try out whether the circuit breaker may close. */
  probes: 1,
  /** Exchanges that a server has had and that are being tried again. */
  retries: 2,
  /** Exchanges that wait for a server. */
  waiting: 3,
  /** Number of the next exchange that waits. It wraps. */
  ticket: 5,
  /** Rises whenever an exchange may find room that found none before. It wraps. */
  freed: 6,
  /** Rises whenever the state or the weight of one of its servers changes. */
  epoch: 8,
  /** Of pickers that go round. */
  cursor: 9,
  /** Of the circuit breaker: `upstream/passive/breaker-word.ts`. */
  breaker: 10,
} as const;

/** What each thread shows the others of the exchanges that wait in it: `upstream/queue/heads.ts`. */
export const PoolSign = {
  /** Rank of the first; 0: none waits. */
  first: 0,
  /** Rank of the first that may be able to use what is free ... */
  able: 1,
  /** ... as long as `freed` says this. */
  at: 2,
  /** Rises to wake the thread. It wraps. */
  wake: 3,
} as const;

const operators: readonly OperatorState[] = ['ready', 'drain', 'maint'];
const healths: readonly HealthState[] = ['unknown', 'up', 'down'];
const ejectedBit = 16;

/** What a server is before anybody has said anything. */
export function freshState({ weight }: ServerPlan): ServerState {
  return { operator: 'ready', health: 'unknown', ejected: false, weight };
}

/** To be called by main alone, which tells the pool's epoch afterwards. */
export function writeState(row: SharedRow, { operator, health, ejected, weight }: ServerState): void {
  row.set(ServerField.weight, Math.round(weight * 1000));
  row.set(ServerField.state, operators.indexOf(operator) | (healths.indexOf(health) << 2) | (ejected ? ejectedBit : 0));
}

export function readState(row: SharedRow): ServerState {
  const word = row.get(ServerField.state);
  return {
    operator: operators[word & 3] ?? 'ready',
    health: healths[(word >> 2) & 3] ?? 'unknown',
    ejected: (word & ejectedBit) !== 0,
    weight: row.get(ServerField.weight) / 1000,
  };
}

/** What a server may have at most. To be called by main alone. */
export function writeLimits(row: SharedRow, { maxRequests, maxConnections }: ServerLimits = plainLimits): void {
  row.set(ServerField.maxRequests, maxRequests);
  row.set(ServerField.maxConnections, maxConnections);
}

/** Tells all threads that exchanges which wait for a server of this pool may find room now. */
export function tellWaiting(pool: SharedRow): void {
  if (pool.load(PoolField.waiting) === 0) return;
  pool.add(PoolField.freed, 1);
  for (let place = 0; place < pool.places; place++) pool.wake(place, PoolSign.wake);
}
