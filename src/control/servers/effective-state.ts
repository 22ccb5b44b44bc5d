import {
  plainLimits,
  type OperatorState,
  type ServerLimits,
  type ServerPlan,
  type ServerState,
} from '../../proxy/index.ts';
import type { ServerRecord } from './server-record.ts';

const severity: readonly OperatorState[] = ['ready', 'drain', 'maint'];

/** What threads see of a server, out of all that is said of it: the worst of what the operator, the checks and the server itself say. */
export function effectiveState(
  { operator, health, ejected, weight, share, said }: ServerRecord,
  plan: Pick<ServerPlan, 'weight'>,
): ServerState {
  return {
    operator: severity[Math.max(severity.indexOf(operator), severity.indexOf(said.operator))]!,
    health: said.health === 'down' ? 'down' : health,
    ejected,
    weight: (weight ?? said.weight ?? plan.weight) * share * said.share,
  };
}

/**
 * What it may have at most: by the config, and by its own word, where that is less. One that starts slowly has its share of it,
 * one whose circuit breaker is half open what tries that out.
 */
export function effectiveLimits(
  { said, share, trial }: Pick<ServerRecord, 'said' | 'share' | 'trial'>,
  { limits = plainLimits }: Pick<ServerPlan, 'limits'>,
): ServerLimits {
  const most = Math.min(said.connections || Infinity, limits.maxRequests || Infinity);
  const bound = most === Infinity ? Infinity : Math.max(1, Math.ceil(most * Math.min(1, share)));
  const tried = Math.min(bound, trial ?? Infinity);
  return { ...limits, maxRequests: tried === Infinity ? 0 : tried };
}

/** It may get new requests: what decides, apart from groups and panic. */
export function isUsable({ operator, health, ejected, weight }: ServerState): boolean {
  return operator === 'ready' && health !== 'down' && !ejected && weight > 0;
}
