import type { PosternStatus } from '../control/controlled.ts';
import { table } from './table.ts';

/** What is known of pools as a whole, in columns; nothing where there is nothing to tell. */
export function poolStates({ pools = [] }: Pick<PosternStatus, 'pools'>): string {
  if (pools.length === 0) return '';
  const rows = pools.map(({ pool, panic, breaker }) => [
    pool,
    breaker?.state ?? '-',
    breaker?.until ?? '-',
    breaker?.why ?? '-',
    panic ? 'all servers are used' : '-',
  ]);
  return table([['POOL', 'BREAKER', 'UNTIL', 'WHY', 'PANIC'], ...rows]);
}
