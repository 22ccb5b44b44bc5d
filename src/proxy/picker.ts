import type { Clock } from '../core/clock.ts';
import type { PeakEwma } from '../core/peak-ewma.ts';
import type { SharedCursor } from '../core/shared/shared-cursor.ts';
import type { SharedRow } from '../core/shared/shared-rows.ts';
import type { Exchange } from './exchange.ts';
import type { RandomSource } from './random-source.ts';

/** A server as far as it matters for choosing. */
export interface Candidate {
  /** Unique in the pool, and the same in every process: what hashes are made of. */
  readonly name: string;
  /** Its share beside the others, above 0. */
  readonly weight: number;
  /** Exchanges that it has now, over all threads. */
  readonly active: number;
  /** Where they are counted. */
  readonly row: SharedRow;
  /** It has as many as it may. */
  readonly full: boolean;
  /** Time to the first byte of its answers, in ms, as this thread has seen it. */
  readonly latency: PeakEwma;
}

/** Chooses the server of an exchange. It judges neither health nor fullness nor retries: `upstream/` does, and says what is usable. */
export interface Picker<S> {
  /**
   * @param usable the pool's servers that may be used now, never empty. As long as nothing about them has changed (who is in
   * it, and their weights) it is the same object: what has been worked out of it is kept by that.
   * @param tried those that this exchange has failed on, or cannot have: avoided while there is another; undefined: none.
   * Where `exchange.dry` holds, nothing is changed: the answer is what the next real pick would be. A trace is told why.
   */
  pick(exchange: Exchange, usable: readonly S[], tried: ReadonlySet<S> | undefined): S;
}

/** What a picker gets. What it shares with those of other threads for the same pool outlives reloads that keep the pool. */
export interface PickerEnv {
  /** The place in the round: one for the process. */
  readonly cursor: SharedCursor;
  readonly clock: Pick<Clock, 'now'>;
  /** Default: one that differs in every thread. */
  readonly random?: RandomSource;
}
