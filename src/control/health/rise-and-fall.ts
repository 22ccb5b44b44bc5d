import type { HealthPlan, HealthState } from '../../proxy/index.ts';

type Limits = Pick<HealthPlan, 'rise' | 'fall' | 'everyMs' | 'fastEveryMs' | 'downEveryMs'>;

/**
 * Results in, a server's health out.
 *
 *              the first result                  `fall` bad ones in a row
 *   unsettled -----------------> up, or down;  up ----------------------> down
 *                                                <----------------------
 *                                                 `rise` good ones in a row
 *
 * A good result forgets the bad ones before it, and the other way round.
 */
export class RiseAndFall {
  readonly #limits: Limits;
  #health: HealthState;
  #settled: boolean;
  /** Results in a row that speak against what the server is taken for. */
  #against = 0;

  /** @param health before the first result. @param settled false: the first result decides alone. */
  constructor(limits: Limits, health: HealthState, settled: boolean) {
    this.#limits = limits;
    this.#health = health;
    this.#settled = settled && health !== 'unknown';
  }

  get health(): HealthState {
    return this.#health;
  }

  /** @returns true if the health has changed. */
  take(ok: boolean): boolean {
    const found = ok ? 'up' : 'down';
    if (this.#health === found) {
      this.#settled = true;
      this.#against = 0;
      return false;
    }
    this.#against += 1;
    if (this.#settled && this.#against < (ok ? this.#limits.rise : this.#limits.fall)) return false;
    this.#health = found;
    this.#settled = true;
    this.#against = 0;
    return true;
  }

  /** From the beginning of the last check to that of the next. */
  get waitMs(): number {
    const { everyMs, fastEveryMs, downEveryMs } = this.#limits;
    if (!this.#settled || this.#against > 0) return fastEveryMs;
    return this.#health === 'down' ? downEveryMs : everyMs;
  }
}
