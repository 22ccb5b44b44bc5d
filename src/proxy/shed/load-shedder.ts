import { setInterval } from 'node:timers';

import type { Logger } from '../../core/log.ts';
import type { Importance } from '../capacity-plan.ts';
import type { ShedPlan } from './shed-plan.ts';

/** How often it is looked, in ms. */
const lookMs = 50;

/** How much of the new value goes into the average with each look: it follows within about a second. */
const weight = 0.1;

/** What the share rises by while the loop is late, and falls by while it is not: down slowly, so that it does not swing. */
const up = 0.05;
const down = 0.02;

/** Below this part of the limit the loop is in time again; between the two nothing changes. */
const calm = 0.5;

const message = 'The event loop is late: requests are refused, the less important ones first';

/**
 * Refuses requests early where a thread has more to do than it can, so that the others are served in time.
 *
 *   in time, share 0 --- late by more than the limit: + 5 % a look ---> share 1
 *          ^------------ late by less than half of it: - 2 % a look ------'
 *
 * As long as there is a share, all requests of low importance are refused, and that share of the normal ones; those of high
 * importance never. While memory is short, those of low importance are refused.
 */
export class LoadShedder {
  readonly #log: Logger;
  readonly #memory: { readonly short: boolean };
  #plan: ShedPlan | undefined;
  #timer: NodeJS.Timeout | undefined;
  #expected = 0;
  #delay = 0;
  #share = 0;
  /** Part of a request that is still to be refused. */
  #debt = 0;
  #refused = 0;

  constructor(log: Logger, memory: { readonly short: boolean }) {
    this.#log = log;
    this.#memory = memory;
  }

  /** Undefined: nothing is refused. */
  follow(plan: ShedPlan | undefined): void {
    this.#plan = plan;
    if (plan === undefined || plan.loopDelayMs === 0) return this.stop();
    this.#timer ??= this.#start();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#share = this.#delay = this.#debt = 0;
  }

  /** Share of the requests of normal importance that are refused now. */
  get share(): number {
    return this.#share;
  }

  /** This request is to be refused. */
  refuses(importance: Importance = 'normal'): boolean {
    if (this.#share === 0 && (this.#plan?.memory !== true || !this.#memory.short)) return false;
    const refused = importance === 'low' || (importance === 'normal' && this.#refusesNormal());
    if (refused) this.#refused++;
    return refused;
  }

  /** What its timer does; for tests. */
  look(now: number): void {
    const limit = this.#plan?.loopDelayMs ?? Infinity;
    const late = Math.max(0, now - this.#expected);
    this.#expected = now + lookMs;
    this.#delay += (late - this.#delay) * weight;
    const before = this.#share;
    if (this.#delay > limit) this.#share = Math.min(1, before + up);
    else if (this.#delay < limit * calm) this.#share = Math.max(0, before - down);
    if (before === 0 && this.#share > 0) this.#log.warn(message, { reason: 'shed', lateMs: Math.round(this.#delay) });
    if (before > 0 && this.#share === 0) {
      this.#log.info('The event loop is in time again: no requests are refused', { refused: this.#refused });
      this.#refused = this.#debt = 0;
    }
  }

  #start(): NodeJS.Timeout {
    this.#expected = performance.now() + lookMs;
    return setInterval(() => this.look(performance.now()), lookMs).unref();
  }

  /** That share of them, evenly. */
  #refusesNormal(): boolean {
    this.#debt += this.#share;
    if (this.#debt < 1) return false;
    this.#debt -= 1;
    return true;
  }
}
