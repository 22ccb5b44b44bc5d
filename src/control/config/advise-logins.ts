import type { ListenerPlan, RoutePlan } from '../../proxy/index.ts';
import { allowsPlain, reachableBy } from '../exposure/reachable.ts';
import type { Judged } from './judged.ts';
import { sayForSome } from './say-for-some.ts';

/**
 * A password that anyone on the way can read. Silent where proxies in front are trusted: TLS may end there, and this
 * config cannot tell.
 *
 * @returns the numbers of the routes that it spoke of.
 */
export function warnOfPlainLogins({ plan, problems, reach }: Judged): ReadonlySet<number> {
  const warned = new Set<number>();
  if (plan.forwarding.trustedProxies.length > 0) return warned;
  const open = plan.listeners.filter((each) => each.tls === undefined && reach.of(each) !== 'this machine');
  for (const [index, route] of plan.routes.entries()) if (plainLogin(route, open)) warned.add(index);
  sayForSome([...warned], problems, (index) => {
    const route = plan.routes[index]!;
    const at = route.middleware.findIndex(asks);
    const listener = open.find((each) => reachableBy(route, each))!;
    return {
      path: ['routes', index, 'middleware', at],
      message: `Passwords for this route can be read on their way: the listener "${listener.name}" speaks plain HTTP, and not only to this machine`,
      remedy: 'add https: redirect to the route, or name only listeners with tls in its listeners',
    };
  });
  return warned;
}

function plainLogin(route: RoutePlan, open: readonly ListenerPlan[]): boolean {
  if (route.transport.https !== 'allow' || !route.middleware.some(asks) || !allowsPlain(route.when)) return false;
  return open.some((listener) => reachableBy(route, listener));
}

function asks({ name }: RoutePlan['middleware'][number]): boolean {
  return name === 'basic-auth';
}
