import { isDeepStrictEqual } from 'node:util';

import { plainCapacity, type CapacityPlan, type ServerLimits } from '../../proxy/index.ts';
import type { PoolConfig, ServerConfig, Some } from './config.ts';

/** How much a pool takes; undefined: as is usual. */
export function capacityPlan({
  maxRequests,
  queue,
}: Pick<PoolConfig, 'maxRequests' | 'queue'>): CapacityPlan | undefined {
  const plan = { maxRequests, queue };
  return isDeepStrictEqual(plan, plainCapacity) ? undefined : plan;
}

/** A server with what its pool says of all servers, where it says nothing itself. */
export function withPerServer(server: ServerConfig, { perServer }: Pick<PoolConfig, 'perServer'>): ServerConfig {
  const maxRequests = server.maxRequests ?? perServer.maxRequests;
  const maxConnections = server.maxConnections ?? perServer.maxConnections;
  return { ...server, maxRequests, maxConnections };
}

/** How much a server takes; undefined: there is no bound. */
export function serverLimits({ maxRequests = 0, maxConnections = 0 }: Some<ServerLimits>): ServerLimits | undefined {
  return maxRequests === 0 && maxConnections === 0 ? undefined : { maxRequests, maxConnections };
}
