import type { SharedRow } from '../../core/shared/shared-rows.ts';
import { ServerField } from '../../proxy/index.ts';

/** What became of the attempts with servers within some time. */
export interface Counts {
  readonly attempts: number;
  readonly failed: number;
  readonly slow: number;
  /** Sum of the times to the first byte, in ms. */
  readonly latencyMs: number;
  /** How many these times are: not every attempt has one. */
  readonly timed: number;
}

export const noCounts: Counts = { attempts: 0, failed: 0, slow: 0, latencyMs: 0, timed: 0 };

/** Reads what threads count, as what has come since the last look. The words of the memory wrap, differences of them do not. */
export class WrappingCounts {
  readonly #row: SharedRow;
  #attempts: number;
  #failed: number;
  #slow: number;
  #latency: number;
  #timed: number;

  constructor(row: SharedRow) {
    this.#row = row;
    this.#failed = row.get(ServerField.failed);
    this.#slow = row.get(ServerField.slow);
    this.#latency = row.get(ServerField.latency);
    this.#timed = row.get(ServerField.timed);
    this.#attempts = row.get(ServerField.attempts);
  }

  /** Since the last call, or since it was made. */
  take(): Counts {
    const row = this.#row;
    // Nothing has come: most servers of most pools, ten times a second.
    if (row.get(ServerField.attempts) === this.#attempts) return noCounts;
    // Attempts last: they are counted first, so that there are never more failures than attempts.
    const failed = row.get(ServerField.failed);
    const slow = row.get(ServerField.slow);
    const latency = row.get(ServerField.latency);
    const timed = row.get(ServerField.timed);
    const attempts = row.get(ServerField.attempts);
    const counts = {
      attempts: (attempts - this.#attempts) | 0,
      failed: (failed - this.#failed) | 0,
      slow: (slow - this.#slow) | 0,
      latencyMs: ((latency - this.#latency) | 0) / 10,
      timed: (timed - this.#timed) | 0,
    };
    this.#attempts = attempts;
    this.#failed = failed;
    this.#slow = slow;
    this.#latency = latency;
    this.#timed = timed;
    return counts;
  }
}

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    attempts: a.attempts + b.attempts,
    failed: a.failed + b.failed,
    slow: a.slow + b.slow,
    latencyMs: a.latencyMs + b.latencyMs,
    timed: a.timed + b.timed,
  };
}
