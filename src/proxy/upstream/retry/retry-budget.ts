import type { SharedRow } from '../../../core/shared/shared-rows.ts';
import type { RetryBudgetPlan } from '../../retry-plan.ts';
import { PoolField } from '../../server-state.ts';

/** Exchanges of one thread that wait for a place; more than these are not tried again. */
const MOST_WAITING = 256;

/** Somebody who waits for a place. */
export interface BudgetWaiter {
  /** It has a place. Never throws. */
  granted(): void;
}

/**
 * How many requests of a pool are being tried again, over all threads: never more than a share of those that its servers have.
 *
 * A server that fails brings many requests back at once. What has no place waits for one a while: so a short fault is hidden
 * from all of them, and a long one does not double what the servers have to do.
 */
export class RetryBudget {
  readonly #row: SharedRow;
  readonly #servers: readonly { readonly active: number }[];
  readonly #plan: RetryBudgetPlan;
  /** Oldest first. Only those of this thread: for places that other threads free, who waits looks now and then. */
  readonly #waiting: Set<BudgetWaiter> = new Set();

  constructor(row: SharedRow, servers: readonly { readonly active: number }[], plan: RetryBudgetPlan) {
    this.#row = row;
    this.#servers = servers;
    this.#plan = plan;
  }

  get waitMs(): number {
    return this.#plan.waitMs;
  }

  /** Takes a place, if there is one. It is to be given back once. */
  take(): boolean {
    let active = 0;
    for (const server of this.#servers) active += server.active;
    const share = Math.floor((active * this.#plan.percent) / 100);
    return this.#row.take(PoolField.retries, Math.max(this.#plan.min, share));
  }

  give(): void {
    this.#row.give(PoolField.retries);
    for (const waiter of this.#waiting) {
      if (!this.take()) return;
      this.#waiting.delete(waiter);
      waiter.granted();
    }
  }

  /** @returns false: too many wait already, or nobody is to wait. */
  wait(waiter: BudgetWaiter): boolean {
    if (this.#plan.waitMs === 0 || this.#waiting.size >= MOST_WAITING) return false;
    this.#waiting.add(waiter);
    return true;
  }

  leave(waiter: BudgetWaiter): void {
    this.#waiting.delete(waiter);
  }
}
