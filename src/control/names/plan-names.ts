import { isIP } from 'node:net';

import type { Plan } from '../../proxy/index.ts';

/** Names of servers that have to be resolved, each once, in the order of the plan. IP addresses need no resolving. */
export function namesIn(plan: Pick<Plan, 'pools'>): readonly string[] {
  const names = new Set<string>();
  for (const pool of plan.pools) {
    for (const { address, resolve } of pool.servers) {
      // A name of SRV records has no address of its own.
      if (resolve !== 'srv' && address.kind === 'tcp' && isIP(address.host) === 0) names.add(address.host);
    }
  }
  return [...names];
}

/** The same for who asks several times for the same pools, of which there may be thousands. */
export class PlanNames {
  #last: { readonly pools: Plan['pools']; readonly names: readonly string[] } | undefined;

  of({ pools }: Pick<Plan, 'pools'>): readonly string[] {
    if (this.#last?.pools !== pools) this.#last = { pools, names: namesIn({ pools }) };
    return this.#last.names;
  }
}
