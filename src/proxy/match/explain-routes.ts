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

/**
 * What every route has to do with a request, in the order of the config. Asks routers that know one route each, as it is or
 * with less to ask for: so what is said here is what the router does.
 */
export function explainRoutes(routes: readonly RoutePlan[], request: RequestView): readonly RouteVerdict[] {
  const chosen = new Router(routes).find(request);
  return routes.map((route) => judge(route, request, chosen));
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
