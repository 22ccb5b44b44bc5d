import { isIP } from 'node:net';

import type { Plan } from '../proxy/index.ts';
import type { LoadedConfig } from './config/load-result.ts';
import type { NameStatus } from './names/name-resolver.ts';

/** A part of a config that does not work, because something outside the config is missing. */
export interface DisabledPart {
  readonly kind: 'route' | 'listener' | 'certificate';
  /** Of a certificate its file. */
  readonly name: string;
  /** In words, and what goes on in its place. */
  readonly reason: string;
}

/** All parts that do not work now. */
export function allDisabled(config: LoadedConfig, names: readonly NameStatus[]): readonly DisabledPart[] {
  return [...disabledParts(config), ...unresolvedRoutes(config.plan, names)];
}

/** Parts that lack a file, or have one that cannot be used. */
export function disabledParts({ plan, closed = [], tls }: LoadedConfig): readonly DisabledPart[] {
  const lost = tls?.lost ?? [];
  const routes = plan.routes.flatMap(({ name, disabled }) =>
    disabled === undefined ? [] : [{ kind: 'route' as const, name, reason: disabled.reason }],
  );
  const listeners = closed.map(({ name }) => {
    const why = lost.find(({ listener }) => listener === name)?.reason ?? 'it has no certificate';
    return { kind: 'listener' as const, name, reason: `it stays closed without a certificate: ${why}` };
  });
  const shut = new Set(listeners.map(({ name }) => name));
  const certificates = lost.flatMap(({ listener, name, reason, kept }) => {
    if (shut.has(listener)) return [];
    const rest = kept ? 'what was in force stays so' : 'the others are used';
    return [{ kind: 'certificate' as const, name, reason: `${reason}; on the listener "${listener}" ${rest}` }];
  });
  return [...routes, ...listeners, ...certificates];
}

/** Routes to pools of whose servers no name resolves. */
function unresolvedRoutes({ routes, pools }: Plan, names: readonly NameStatus[]): readonly DisabledPart[] {
  const failed = new Map(names.flatMap((each) => (isLost(each) ? [[each.name, each.failure] as const] : [])));
  if (failed.size === 0) return [];
  const reasons = new Map<string, string>();
  for (const { name, servers } of pools) {
    const why = servers.map(({ address }) =>
      address.kind === 'tcp' && isIP(address.host) === 0 ? failed.get(address.host) : undefined,
    );
    if (why.every((each) => each !== undefined)) reasons.set(name, [...new Set(why)].slice(0, 3).join(', '));
  }
  return routes.flatMap(({ name, pool = '', disabled }) => {
    const reason = disabled === undefined ? reasons.get(pool) : undefined;
    return reason === undefined ? [] : [{ kind: 'route' as const, name, reason }];
  });
}

function isLost(name: NameStatus): name is NameStatus & { readonly failure: string } {
  return name.failure !== undefined && name.addresses.length === 0;
}

/** `1 route disabled: shop`, or `2 routes, 1 listener disabled: ...`. */
export function disabledText(parts: readonly DisabledPart[]): string {
  const counts = (['route', 'listener', 'certificate'] as const).flatMap((kind) => {
    const count = parts.filter((part) => part.kind === kind).length;
    return count === 0 ? [] : [`${count} ${kind}${count === 1 ? '' : 's'}`];
  });
  const names = parts.slice(0, mostNames).map(({ name }) => name);
  const others = parts.length - names.length;
  return `${counts.join(', ')} disabled: ${names.join(', ')}${others > 0 ? ` and ${others} others` : ''}`;
}

const mostNames = 5;
