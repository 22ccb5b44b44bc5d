import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Condition, RoutePlan } from '../plan.ts';
import type { RequestView } from './request-view.ts';
import { Router } from './router.ts';

/** Why a route has a request, or what kept it from it: the first of listener, host, path and conditions that does not fit. */
export interface RouteVerdict {
  readonly route: string;
  /** `later`: it fits, but another one comes first. */
  readonly verdict: 'chosen' | 'later' | 'listener' | 'host' | 'path' | 'conditions';
  /** Of `conditions`: those that do not hold. */
  readonly failing?: readonly Condition[];
}

/** Routes that are judged in one turn of the event loop: some ms. */
const perTurn = 200;

/**
 * What every route has to do with a request, in the order of the config. Asks routers that know one route each, as it is or
 * with less to ask for: so what is said here is what the router does. Pauses now and then, for traffic is not to wait for it.
 *
 * @param chosen what the router of all routes finds.
 */
export async function explainRoutes(
  routes: readonly RoutePlan[],
  request: RequestView,
  chosen: RoutePlan | undefined,
): Promise<readonly RouteVerdict[]> {
  const verdicts: RouteVerdict[] = [];
  for (const route of routes) {
    verdicts.push(judge(route, request, chosen));
    // oxlint-disable-next-line no-await-in-loop -- that is the pause
    if (verdicts.length % perTurn === 0) await nextTurn();
  }
  return verdicts;
}

function judge(route: RoutePlan, request: RequestView, chosen: RoutePlan | undefined): RouteVerdict {
  const fits = (changes: Partial<RoutePlan>): boolean =>
    new Router([{ ...route, ...changes }]).find(request) !== undefined;
  const { name, when } = route;
  if (route === chosen) return { route: name, verdict: 'chosen' };
  if (fits({})) return { route: name, verdict: 'later' };
  if (when !== undefined && fits({ when: undefined })) {
    const parts = when.kind === 'all' ? when.of : [when];
    return { route: name, verdict: 'conditions', failing: parts.filter((part) => !fits({ when: part })) };
  }
  const path = { kind: 'prefix', path: '/' } as const;
  if (fits({ when: undefined, path })) return { route: name, verdict: 'path' };
  const hosts = [{ kind: 'any' }] as const;
  return { route: name, verdict: fits({ when: undefined, path, hosts }) ? 'host' : 'listener' };
}
