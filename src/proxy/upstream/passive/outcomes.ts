import type { SharedRow } from '../../../core/shared/shared-rows.ts';
import type { TellEvent } from '../../data-event.ts';
import { countsAttempts, type PassivePlan } from '../../passive-plan.ts';
import { ServerField } from '../../server-state.ts';
import type { Outcome } from './outcome.ts';
import { addToStreaks, endStreaks, type StreakLimits } from './streaks.ts';

/** Main is told of the same server at most so often by one thread, in ms: it decides at the first word. */
const tellEveryMs = 20;

/** What counts attempts. */
interface Counting {
  /** More than so many ms are slow. */
  readonly slowMs: number;
  /** Times are looked at. */
  readonly times: boolean;
}

/**
 * Counts what became of the attempts with one server, in memory that all threads share and main reads.
 *
 * Where only failures in a row matter, a good answer costs one look at the memory and no write.
 */
export class Outcomes {
  readonly #row: SharedRow;
  readonly #tell: TellEvent | undefined;
  #pool = '';
  #server = '';
  #limits: StreakLimits | undefined;
  #counting: Counting | undefined;
  #toldAt = -Infinity;

  constructor(row: SharedRow, tell: TellEvent | undefined) {
    this.#row = row;
    this.#tell = tell;
  }

  /** Counts what this asks for, from now on. */
  follow(plan: PassivePlan | undefined, names: { readonly pool: string; readonly server: string }): void {
    this.#pool = names.pool;
    this.#server = names.server;
    this.#limits = plan?.outliers;
    const counts = plan !== undefined && countsAttempts(plan);
    const slowMs = plan?.breaker?.slow?.overMs ?? Infinity;
    this.#counting = counts ? { slowMs, times: plan.outliers?.latency !== undefined } : undefined;
  }

  /**
   * An attempt is over.
   *
   * @param ms until the answer's head came; less than 0: that says nothing of the server.
   * @param now of this turn.
   */
  add(outcome: Outcome, ms: number, now: number): void {
    if (this.#counting !== undefined) this.#count(outcome, ms, this.#counting);
    if (this.#limits === undefined) return;
    if (outcome === 'good') endStreaks(this.#row);
    else this.#fail(outcome, this.#limits, now);
  }

  /** Attempts before failures: who reads them in the opposite order never finds more failures than attempts. */
  #count(outcome: Outcome, ms: number, { slowMs, times }: Counting): void {
    const row = this.#row;
    row.add(ServerField.attempts, 1);
    if (outcome !== 'good') row.add(ServerField.failed, 1);
    if (ms > slowMs) row.add(ServerField.slow, 1);
    if (!times || ms < 0) return;
    row.add(ServerField.timed, 1);
    row.add(ServerField.latency, Math.round(ms * 10));
  }

  #fail(outcome: Exclude<Outcome, 'good'>, limits: StreakLimits, now: number): void {
    const full = addToStreaks(this.#row, outcome, limits);
    if (full === undefined || now - this.#toldAt < tellEveryMs) return;
    this.#toldAt = now;
    const { kind: streak, length } = full;
    this.#tell?.({ kind: 'streak', pool: this.#pool, server: this.#server, streak, length });
  }
}
