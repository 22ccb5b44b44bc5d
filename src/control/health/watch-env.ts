import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { ServerBoard, ServerName } from '../servers/server-board.ts';
import type { RecurringEnv } from './recurring.ts';
import type { Slots } from './slots.ts';
import type { Subject, TargetEnv } from './targets.ts';

/** What all that watches servers has in common. */
export interface WatchEnv extends RecurringEnv, TargetEnv {
  readonly clock: Clock;
  readonly log: Logger;
  readonly board: ServerBoard;
  /** For what goes over the network. */
  readonly slots: Slots;
  /** For programs. */
  readonly scripts: Slots;
}

/** What asks one server of one thing, again and again. */
export interface Watch {
  readonly running: boolean;
  start(inMs: number): void;
  stop(): void;
  /** It asks no more: what it has found out is taken back. */
  retract(): void;
}

export function nameOf({ pool, server }: Subject): ServerName {
  return { pool: pool.name, server: server.name };
}
