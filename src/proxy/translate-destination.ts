import type { ProxyError } from '../core/errors.ts';
import { normalisePath } from '../wire/path.ts';
import { withPath } from './folder-redirect.ts';
import { rewritePath } from './match/rewrite-path.ts';
import type { Work } from './middleware/feature.ts';
import type { PoolPlan } from './pool-plan.ts';
import type { Runtime } from './runtime.ts';
import { mapDestination } from './translate/map-destination.ts';

/** Puts the server's URL into `Destination`. @returns the failure where it leads out of the route. */
export function translateDestination(work: Work, pool: PoolPlan, { router, plan }: Runtime): ProxyError | undefined {
  const { exchange, headers } = work;
  const route = exchange.route!;
  const paths = plan.listeners.find(({ name }) => name === exchange.client.listener)?.paths ?? { mergeSlashes: true };
  return mapDestination(headers, exchange, {
    origin: originOf(pool, work.host),
    toServerPath(path) {
      const normal = normalisePath(path, paths);
      // Not another route either: it may ask for more than this one.
      return router.find(withPath(exchange, normal)) === route ? rewritePath(route, normal) : undefined;
    },
  });
}

/** Of several servers with their own names it is not known yet which one will be asked. */
function originOf({ servers }: PoolPlan, host: string | undefined): string {
  const [server] = servers;
  if (server === undefined || (host === undefined && servers.length > 1)) return '';
  return `${server.secure ? 'https' : 'http'}://${host ?? server.hostHeader}`;
}
