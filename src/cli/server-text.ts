import { z } from 'zod';

import { changeText, type RuntimeState } from '../control/servers/runtime-change.ts';
import { table } from './table.ts';

/** A server as it is listed. */
export interface ListedServer {
  readonly pool: string;
  readonly name: string;
  readonly open: number;
  readonly requests: number;
  readonly failures: number;
  readonly exchanges: number;
  readonly origin: 'config' | 'added' | 'dns';
  readonly changed?: string | undefined;
  readonly state?:
    | {
        readonly operator: string;
        readonly health: string;
        readonly ejected: boolean;
        readonly weight: number;
        readonly usable: boolean;
      }
    | undefined;
}

const listed: z.ZodType<ListedServer> = z.looseObject({
  pool: z.string(),
  name: z.string(),
  open: z.number(),
  requests: z.number(),
  failures: z.number(),
  exchanges: z.number(),
  origin: z.enum(['config', 'added', 'dns']),
  changed: z.string().optional(),
  state: z
    .looseObject({
      operator: z.string(),
      health: z.string(),
      ejected: z.boolean(),
      weight: z.number(),
      usable: z.boolean(),
    })
    .optional(),
});

export const serverList: z.ZodType<{ readonly servers: readonly ListedServer[] }> = z.object({
  servers: z.array(listed),
});

const origins = { config: '', added: 'added', dns: 'DNS' } as const;

/** One line for each server. */
export function listText(servers: readonly ListedServer[]): string {
  const head = ['POOL', 'SERVER', 'STATE', 'HEALTH', 'WEIGHT', 'NOW', 'REQUESTS', 'FAILURES', 'BESIDE THE CONFIG'];
  const rows = servers.map(({ pool, name, exchanges, requests, failures, origin, changed, state }) => [
    pool,
    name,
    state?.operator ?? '-',
    state === undefined ? '-' : state.ejected ? 'ejected' : state.health,
    state === undefined ? '-' : String(state.weight),
    String(exchanges),
    String(requests),
    String(failures),
    changed ?? origins[origin],
  ]);
  return table([head, ...rows]);
}

/** What stands beside the config, for people. */
export function diffText({ changes, splits }: RuntimeState): string {
  if (changes.length + splits.length === 0) return 'Nothing was changed at run time: all is as the config says';
  const rows = changes.map((change) => [
    change.pool,
    change.server,
    changeText(change),
    `${change.at.replace(/\.\d+Z$/, 'Z')}  ${change.by}`,
  ]);
  const weights = splits.map(({ route, weights: each }) => [
    'split',
    route,
    Object.entries(each)
      .map(([pool, weight]) => `${pool} ${weight}`)
      .join(', '),
    '',
  ]);
  const ways = [
    ...(changes.length > 0 ? ['"postern server reset"'] : []),
    ...(splits.length > 0 ? ['"postern split ROUTE --reset"'] : []),
  ];
  return `${table([['POOL', 'SERVER', 'NOW', 'SINCE, BY'], ...rows, ...weights])}\n\n${ways.join(', ')} to go back to the config`;
}
