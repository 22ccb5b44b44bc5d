import type { Condition, ListenerPlan, RoutePlan } from '../../proxy/index.ts';

/** True where the route can be asked through this listener at all. */
export function reachableBy(route: RoutePlan, listener: Pick<ListenerPlan, 'name'>): boolean {
  return route.listeners === undefined || route.listeners.includes(listener.name);
}

/** True unless the condition holds for no request over plain HTTP. */
export function allowsPlain(condition: Condition | undefined): boolean {
  if (condition === undefined) return true;
  switch (condition.kind) {
    case 'scheme':
      return condition.scheme === 'http';
    case 'tls':
      return false;
    case 'all':
      return condition.of.every(allowsPlain);
    case 'any':
      return condition.of.some(allowsPlain);
    case 'not':
      return !(condition.of.kind === 'scheme' && condition.of.scheme === 'http');
    default:
      return true;
  }
}

/** The same for https. */
export function allowsTls(condition: Condition | undefined): boolean {
  if (condition === undefined) return true;
  switch (condition.kind) {
    case 'scheme':
      return condition.scheme === 'https';
    case 'all':
      return condition.of.every(allowsTls);
    case 'any':
      return condition.of.some(allowsTls);
    case 'not':
      return !(condition.of.kind === 'scheme' && condition.of.scheme === 'https');
    default:
      return true;
  }
}
