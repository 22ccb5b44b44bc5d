import { hash } from 'node:crypto';

import type { Plan } from '../../proxy/index.ts';

/** Of the parts of a list, in its order: parts with equal ones are equal. */
export interface Fingerprints {
  /** The very objects: what has been put in the place of one of them has no fingerprint. */
  readonly parts: readonly object[];
  /** Empty: the part has none, and has to be compared itself. */
  readonly prints: readonly string[];
}

/** Of the parts of a plan that there may be thousands of. */
export interface PlanPrints {
  readonly routes: Fingerprints;
  readonly pools: Fingerprints;
}

/**
 * Takes the fingerprints of routes and pools where there is time for it, so that they need not be compared member by member
 * while all wait for the plan.
 */
export function fingerprintsOf({ routes, pools }: Pick<Plan, 'routes' | 'pools'>): PlanPrints {
  return {
    routes: { parts: routes, prints: routes.map(printOf) },
    pools: { parts: pools, prints: pools.map(printOf) },
  };
}

/**
 * Plans are plain data, so equal text is an equal part, unless the text says `null`: that is also what JSON makes of numbers
 * for which it has no form.
 */
function printOf(part: object): string {
  const text = JSON.stringify(part);
  return text.includes('null') ? '' : hash('sha256', text, 'base64');
}
