import { stages, type ListenerPlan, type RoutePlan } from '../../proxy/index.ts';
import { allowsPlain, allowsTls, reachableBy } from '../exposure/reachable.ts';
import type { Judged } from './judged.ts';
import { sayForSome } from './say-for-some.ts';

/** Certificate authorities ask for these over plain HTTP (RFC 8555 section 8.3). */
const acmeChallenges = '/.well-known/acme-challenge/';

/**
 * Routes that are to be had by https and, beside it, by plain HTTP too: whoever follows an old link stays there. A config
 * without any TLS stands behind something that ends it, or means it.
 */
export function adviseHttps({ plan, problems, reach }: Judged, warned: ReadonlySet<number>): void {
  const secure = plan.listeners.filter((each) => each.tls !== undefined);
  const plain = plan.listeners.filter((each) => each.tls === undefined && reach.of(each) !== 'this machine');
  if (secure.length === 0 || plain.length === 0) return;
  const found = plan.routes.flatMap((route, index) => {
    return !warned.has(index) && isBoth(route, plain, secure) ? [index] : [];
  });
  sayForSome(found, problems, (index) => {
    const route = plan.routes[index]!;
    const [by, beside] = [plain, secure].map((list) => list.find((each) => reachableBy(route, each))!.name);
    const because =
      route.transport.clientCertificate === 'ignore' ? '' : ', where clients cannot show their certificates';
    return {
      path: ['routes', index, 'https'],
      message: `This route is served over plain HTTP by the listener "${by}"${because}, though "${beside}" has it over https`,
      remedy: 'add https: redirect, or name its listeners',
    };
  });
}

function isBoth(route: RoutePlan, plain: readonly ListenerPlan[], secure: readonly ListenerPlan[]): boolean {
  if (route.transport.https !== 'allow' || !leadsSomewhere(route)) return false;
  if (!allowsPlain(route.when) || !allowsTls(route.when)) return false;
  return [plain, secure].every((list) => list.some((each) => reachableBy(route, each)));
}

/** A route that answers by itself (a redirect, a page) gives nothing away. */
function leadsSomewhere({ path, middleware }: RoutePlan): boolean {
  if ('path' in path && path.path.startsWith(acmeChallenges)) return false;
  return !middleware.some(({ name }) => stages[name] === 'respond');
}
