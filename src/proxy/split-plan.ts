import type { HashSource } from './balance-plan.ts';
import type { BondCookiePlan, BondTimes } from './sticky-plan.ts';

/** Several pools that share the requests of a route. */
export interface SplitPlan {
  /** At most 30. */
  readonly parts: readonly SplitPart[];
  /** The share of a pool without usable servers goes to the others. */
  readonly fallback: boolean;
  /** Undefined: each request goes by turns. */
  readonly sticky: SplitStickyPlan | undefined;
}

export interface SplitPart {
  readonly pool: string;
  /** Its share beside the others; 0: it gets no requests. */
  readonly weight: number;
}

/** How clients stay with their pool. */
export type SplitStickyPlan =
  | ({ readonly kind: 'cookie'; readonly cookie: BondCookiePlan } & BondTimes)
  /** The same key has the same pool; a change of weights moves no more keys than it must. */
  | { readonly kind: 'hash'; readonly of: HashSource };
