import { Deadline } from '../../../core/timer-wheel.ts';
import type { WriterEnv } from '../../socket-writer.ts';
import type { RetryPlan, RetryReason, RetryStop } from '../../retry-plan.ts';
import { backOffMs } from './back-off.ts';
import type { BudgetWaiter, RetryBudget } from './retry-budget.ts';

/** How often somebody who waits for a place looks for one that another thread has freed. */
const LOOK_MS = 100;

/** The exchange that is tried again. Neither throws. */
export interface RetrySite {
  /** The next attempt is due. */
  again(): void;
  /** None will follow. */
  gaveUp(stop: RetryStop): void;
}

/** What decides about attempts, beside the plan. */
export interface RetryParts<S> {
  readonly pool: {
    readonly retryBudget: RetryBudget;
    /** Some server can be chosen that is not among these. */
    readonly hasOthers: (tried: ReadonlySet<S>) => boolean;
  };
  readonly env: Pick<WriterEnv, 'clock' | 'wheel' | 'bug'>;
  /** No attempt begins after this time. */
  readonly until: number;
  /** From 0 to below 1; default: anything. */
  readonly random?: () => number;
}

/**
 * The attempts of one exchange after its first has failed: whether there is another one, when, and with whom.
 *
 * (1) Other servers first, at once. When all have been tried, the round begins anew after a pause.
 * (2) A request that a server has had takes a place of the pool's budget for its next attempt, and holds it to that one's end.
 *     One that no server has had needs none: it is no more work for anybody.
 */
export class Retries<S> implements BudgetWaiter {
  readonly #site: RetrySite;
  readonly #plan: RetryPlan;
  readonly #parts: RetryParts<S>;
  readonly tried: Set<S> = new Set();
  /** This one is to be asked again, whatever the others do. */
  same: S | undefined;
  #used = 0;
  #holds = false;
  #wait: Deadline | undefined;
  /** What the wait is for: a pause before this, or (undefined) a place. */
  #paused: RetryReason | undefined;
  #waitsUntil = 0;

  constructor(site: RetrySite, plan: RetryPlan, parts: RetryParts<S>) {
    this.#site = site;
    this.#plan = plan;
    this.#parts = parts;
  }

  /** There will be no attempt after the one that is on its way. */
  get last(): boolean {
    return this.#used >= this.#plan.attempts;
  }

  /**
   * An attempt with this server has failed.
   * @param askedMs pause that the server asks for; Infinity: no pause would help.
   * @returns `now`: the next attempt is due; `later`: the site will be told; else why there is none.
   */
  next(reason: RetryReason, server: S, askedMs = 0): 'now' | 'later' | RetryStop {
    const { sameServer } = this.#plan;
    this.settle();
    this.tried.add(server);
    this.same = undefined;
    const others = this.#parts.pool.hasOthers(this.tried);
    if (this.#parts.env.clock.now() >= this.#parts.until) return 'time';
    if (reason === 'conn-failure' && others && !sameServer) return 'now';
    if (this.last) return 'attempts';
    const stays = sameServer && this.#used + 1 < this.#plan.attempts;
    if (!others || stays) return this.#begin(reason, sameServer ? server : undefined, askedMs);
    this.#used++;
    return this.#claim(reason);
  }

  /** A new round, after a pause. */
  #begin(reason: RetryReason, same: S | undefined, askedMs: number): 'later' | 'attempts' | 'retry-after' {
    const { backOff } = this.#plan;
    if (askedMs === Infinity) return 'attempts';
    if (askedMs > backOff.maxMs) return 'retry-after';
    this.#used++;
    this.same = same;
    this.tried.clear();
    const ms = backOffMs(backOff, this.#used, (this.#parts.random ?? Math.random)());
    return this.#pause(reason, Math.max(askedMs, ms));
  }

  /** The attempt is over, or its answer has begun: its place is free. */
  settle(): void {
    if (!this.#holds) return;
    this.#holds = false;
    this.#parts.pool.retryBudget.give();
  }

  /** Nobody wants the exchange any more. */
  cancel(): void {
    this.#wait?.clear();
    this.#parts.pool.retryBudget.leave(this);
    this.settle();
  }

  granted(): void {
    this.#wait?.clear();
    this.#holds = true;
    this.#site.again();
  }

  #pause(reason: RetryReason, ms: number): 'later' {
    this.#paused = reason;
    this.#setWait(ms);
    return 'later';
  }

  /** A place for the attempt, if it needs one. */
  #claim(reason: RetryReason): 'now' | 'later' | 'budget' {
    const { pool, env } = this.#parts;
    const budget = pool.retryBudget;
    if (reason === 'conn-failure') return 'now';
    if (budget.take()) {
      this.#holds = true;
      return 'now';
    }
    if (!budget.wait(this)) return 'budget';
    this.#waitsUntil = env.clock.now() + budget.waitMs;
    this.#setWait(Math.min(LOOK_MS, budget.waitMs));
    return 'later';
  }

  #setWait(ms: number): void {
    this.#wait ??= new Deadline(() => this.#expire());
    this.#parts.env.wheel.setSoon(this.#wait, ms);
  }

  #expire(): void {
    try {
      if (this.#paused === undefined) return this.#look();
      const verdict = this.#claim(this.#paused);
      this.#paused = undefined;
      if (verdict === 'now') this.#site.again();
      else if (verdict === 'budget') this.#site.gaveUp(verdict);
    } catch (error) {
      this.#parts.env.bug(error);
    }
  }

  #look(): void {
    const { pool, env } = this.#parts;
    const budget = pool.retryBudget;
    const found = budget.take();
    const left = this.#waitsUntil - env.clock.now();
    if (!found && left > 0) return this.#setWait(Math.min(LOOK_MS, left));
    budget.leave(this);
    if (found) this.granted();
    else this.#site.gaveUp('budget');
  }
}
