import { createHash } from 'node:crypto';

import type { BondCookiePlan, SplitPlan, StickyPlan } from '../../proxy/index.ts';
import type { SplitDestination } from './destination.ts';
import type { BondCookieConfig, StickyConfig } from './schema-sticky.ts';

/** How clients of a pool stay, with what their cookie gets from elsewhere. */
export function stickyPlan({ by, ...times }: StickyConfig, pool: string, secret: string | undefined): StickyPlan {
  if (by.kind !== 'cookie') return { by, ...times };
  return { by: { kind: 'cookie', cookie: cookiePlan(by.cookie, `srv_${nameFor(pool)}`, secret) }, ...times };
}

export function splitPlan(
  { parts, fallback, sticky }: SplitDestination,
  route: string,
  secret: string | undefined,
): SplitPlan {
  if (sticky?.kind !== 'cookie') return { parts, fallback, sticky };
  const cookie = cookiePlan(sticky.cookie, `pool_${nameFor(route)}`, secret);
  return { parts, fallback, sticky: { ...sticky, cookie } };
}

function cookiePlan(cookie: BondCookieConfig, usual: string, secret: string | undefined): BondCookiePlan {
  return { ...cookie, name: cookie.name ?? usual, secret };
}

/** Cookies of different pools must not have one name: each would take the other's away. */
function nameFor(what: string): string {
  return createHash('sha256').update(what).digest('hex').slice(0, 8);
}
