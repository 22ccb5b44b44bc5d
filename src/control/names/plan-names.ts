import { isIP } from 'node:net';

import type { Plan } from '../../proxy/index.ts';

/** Names of servers that have to be resolved, each once, in the order of the plan. IP addresses need no resolving. */
export function namesIn(plan: Plan): readonly string[] {
  const names = new Set<string>();
  for (const pool of plan.pools) {
    for (const { address, resolve } of pool.servers) {
      // A name of SRV records has no address of its own.
      if (resolve !== 'srv' && address.kind === 'tcp' && isIP(address.host) === 0) names.add(address.host);
    }
  }
  return [...names];
}
