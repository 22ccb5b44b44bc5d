import type { Condition, ListenerPlan, RoutePlan } from '../../proxy/index.ts';
import { reachableBy } from '../exposure/reachable.ts';
import type { Judged } from './judged.ts';

/**
 * Listeners that the whole world reaches and that lead whoever finds their address to a server: no route of them names a
 * host, and none asks who is there. One warning a listener. Silent where proxies in front are trusted, which know the hosts.
 */
export function adviseOpenListeners({ plan, problems, reach }: Judged): void {
  if (plan.forwarding.trustedProxies.length > 0) return;
  for (const listener of plan.listeners) {
    if (reach.of(listener) !== 'the world' || !leadsAnyoneIn(listener, plan.routes)) continue;
    problems.add({
      path: ['listeners', listener.name, 'address'],
      message: `The listener "${listener.name}" is open to the world and leads whoever finds its address to your servers: no route of it names a host or asks who is there`,
      remedy: 'give the routes a host, an ip-filter or basic-auth, or listen on 127.0.0.1 only',
      severity: 'warning',
    });
  }
}

function leadsAnyoneIn(listener: ListenerPlan, routes: readonly RoutePlan[]): boolean {
  let leads = false;
  for (const route of routes) {
    if (!reachableBy(route, listener)) continue;
    if (judges(route)) return false;
    leads ||= route.pool !== undefined;
  }
  return leads;
}

function judges({ hosts, middleware, transport, when }: RoutePlan): boolean {
  if (hosts.some(({ kind }) => kind !== 'any') || transport.clientCertificate === 'require') return true;
  return asksForAddress(when) || middleware.some(({ name }) => name === 'ip-filter' || name === 'basic-auth');
}

function asksForAddress(condition: Condition | undefined): boolean {
  if (condition === undefined) return false;
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.some(asksForAddress);
  return condition.kind === 'address' || (condition.kind === 'not' && asksForAddress(condition.of));
}
