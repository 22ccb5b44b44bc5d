import type { BreakerPlan } from '../../proxy/index.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { Counts } from './wrapping-counts.ts';

export type CircuitState = 'closed' | 'open' | 'half-open';

/** What a circuit has decided, and why, in words without a full stop. */
export interface CircuitChange {
  readonly to: CircuitState;
  readonly why: string;
}

/**
 * A circuit breaker: pure decisions, by the times that are handed in.
 *
 *            too many failures or slow answers        `openMs` later
 *   closed ----------------------------------> open ----------------> half-open
 *     ^                                         ^                        |  |
 *     |                                         '----- a trial fails ----'  |
 *     '------------------- `halfOpen` trials have gone well ----------------'
 */
export class Circuit {
  readonly #plan: BreakerPlan;
  readonly #window: SlidingWindow;
  #state: CircuitState = 'closed';
  /** When it goes to half-open, by the same clock. */
  #until = 0;
  #good = 0;

  constructor(plan: BreakerPlan, now: number) {
    this.#plan = plan;
    this.#window = new SlidingWindow(plan.windowMs, now);
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Time goes by. @param counts what has come since the last call. */
  tick(counts: Counts, now: number): CircuitChange | undefined {
    if (this.#state === 'open') return now >= this.#until ? this.#tryOut() : undefined;
    if (this.#state === 'half-open' || counts.attempts === 0) return undefined;
    this.#window.add(counts, now);
    const why = whyOpen(this.#window.sum(now), this.#plan);
    return why === undefined ? undefined : this.#open(why, now);
  }

  /** A request that tries it out is over; it counts only while it is half-open. */
  tried(ok: boolean, now: number): CircuitChange | undefined {
    if (this.#state !== 'half-open') return undefined;
    if (!ok) return this.#open('a request that tried it out failed', now);
    this.#good += 1;
    if (this.#good < this.#plan.halfOpen) return undefined;
    this.#state = 'closed';
    this.#window.clear(now);
    return {
      to: 'closed',
      why:
        this.#good === 1
          ? 'a request that tried it out went well'
          : `${this.#good} requests that tried it out went well`,
    };
  }

  #open(why: string, now: number): CircuitChange {
    this.#state = 'open';
    this.#until = now + this.#plan.openMs;
    this.#window.clear(now);
    return { to: 'open', why };
  }

  #tryOut(): CircuitChange {
    this.#state = 'half-open';
    this.#good = 0;
    return { to: 'half-open', why: 'its time is over' };
  }
}

function whyOpen({ attempts, failed, slow }: Counts, plan: BreakerPlan): string | undefined {
  if (attempts < plan.minRequests || attempts === 0) return undefined;
  const within = `of ${attempts} requests in ${plan.windowMs / 1000} s`;
  if (failed / attempts >= plan.failureRatio) return `${failed} ${within} failed`;
  if (plan.slow === undefined || slow / attempts < plan.slow.ratio) return undefined;
  return `${slow} ${within} took longer than ${plan.slow.overMs} ms`;
}
