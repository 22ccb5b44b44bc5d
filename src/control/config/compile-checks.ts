import { resolve } from 'node:path';

import type { ChecksPlan, HealthPlan } from '../../proxy/index.ts';
import type { PoolConfig } from './config.ts';

/** How the servers of a pool are watched; undefined: not at all. @param folder where relative paths start. */
export function checksPlan(
  { health, agent, load, slowStart }: Pick<PoolConfig, 'health' | 'agent' | 'load' | 'slowStart'>,
  folder: string,
): ChecksPlan | undefined {
  if ((health ?? agent ?? load) === undefined && slowStart === 0) return undefined;
  return { health: health && withProgram(health, folder), agent, load, slowStartMs: slowStart };
}

function withProgram(health: HealthPlan, folder: string): HealthPlan {
  if (health.how.kind !== 'script') return health;
  const [program, ...rest] = health.how.command;
  return { ...health, how: { kind: 'script', command: [resolve(folder, program), ...rest] } };
}
