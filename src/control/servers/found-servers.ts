import { isIPv6 } from 'node:net';

import type { ServerPlan } from '../../proxy/index.ts';
import { readServerUrl } from '../config/server-url.ts';
import { readSrvText } from '../names/srv-lookup.ts';
import type { SrvRecord } from '../names/srv-message.ts';

/** Servers that one name may stand for. */
export const mostFound = 256;

/** As for servers of the config. */
const mostWeight = 256;
const lastGroup = 15;

/** A server for each address of a name, with all that the config says of the name. */
export function serversAt(template: ServerPlan, addresses: readonly string[]): readonly ServerPlan[] {
  const { address, secure, hostHeader, weight, group, limits } = template;
  const parts = { hostHeader, weight, group, ...(limits && { limits }) };
  if (address.kind !== 'tcp') return [];
  return addresses.slice(0, mostFound).flatMap((ip) => {
    const plan = serverAt(secure, isIPv6(ip) ? `[${ip}]` : ip, address.port);
    return plan === undefined ? [] : [{ ...plan, ...parts, ...(secure && { serverName: address.host }) }];
  });
}

/**
 * A server for each SRV record of a name (RFC 2782). Those of the lowest priority come first, the others are groups behind them.
 * @param texts as `srvText` writes them.
 */
export function serversOfRecords(
  { secure, group, limits }: ServerPlan,
  texts: readonly string[],
): readonly ServerPlan[] {
  const records = texts.map(readSrvText).slice(0, mostFound);
  const priorities = [...new Set(records.map(({ priority }) => priority))].toSorted((a, b) => a - b);
  const most = Math.max(1, ...records.map(({ weight }) => weight));
  return records.flatMap(({ target, port, priority, weight }) => {
    const plan = serverAt(secure, target, port);
    const rank = Math.min(lastGroup, group + priorities.indexOf(priority));
    return plan === undefined
      ? []
      : [{ ...plan, weight: weightOf(weight, most), group: rank, ...(limits && { limits }) }];
  });
}

/** A weight of 0 has a small chance beside others, as RFC 2782 says. */
function weightOf(weight: SrvRecord['weight'], most: number): number {
  return Math.max(1, most > mostWeight ? Math.round((weight * mostWeight) / most) : weight);
}

/** Undefined: DNS said something that is no server. */
function serverAt(secure: boolean, host: string, port: number): ServerPlan | undefined {
  const read = readServerUrl(`${secure ? 'https' : 'http'}://${host}:${port}`);
  if (!read.ok) return undefined;
  const { address, hostHeader, origin } = read.value;
  return { name: origin, address, secure, hostHeader, weight: 1, group: 0 };
}
