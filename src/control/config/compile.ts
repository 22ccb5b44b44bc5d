import { resolve } from 'node:path';

import {
  defaultMask,
  type AccessLogPlan,
  type ListenerPlan,
  type ListenerTlsPlan,
  type Plan,
  type PoolPlan,
} from '../../proxy/index.ts';
import { compileRoutes, type RouteParts } from './compile-routes.ts';
import type { AccessLogConfig, Config, ListenerConfig } from './config.ts';
import { defaultRotation } from './schema.ts';
import type { Source } from './source.ts';

/** Socket files are for the owner and the group, which a web server in front can share. */
const defaultMode = 0o660;

/** What was made of the files that the config names. */
export interface ResolvedParts extends RouteParts {
  /** By listener; those without TLS are not in it. */
  readonly tls: ReadonlyMap<string, ListenerTlsPlan>;
}

/**
 * Joins a checked config to a plan. The order of listeners and pools in the file means nothing, so they are sorted: equal
 * configs have equal plans. Names in it are fit to be shown: what came from a `${...}` is `***` there.
 */
export function compile(config: Config, source: Source, instance: string, parts: ResolvedParts): Plan {
  const { routes, pools } = compileRoutes(config, source, parts);
  const { trustedProxies, forwarded, via } = config.forwarding;
  return {
    instance,
    listeners: Object.entries(config.listeners)
      .map(([name, each]) => ({ ...listenerPlan(name, each, source), tls: parts.tls.get(name) }))
      .toSorted(byName),
    routes,
    pools: pools.toSorted(byName),
    accessLog: config.accessLog === false ? undefined : accessLogPlan(config.accessLog, source),
    connections: config.connections,
    forwarding: { trustedProxies: [...new Set(trustedProxies)], forwarded, via },
    graceMs: config.grace,
  };
}

/** By code points, so that no machine's language changes it. */
function byName(a: PoolPlan | ListenerPlan, b: PoolPlan | ListenerPlan): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

function listenerPlan(name: string, listener: ListenerConfig, source: Source): ListenerPlan {
  const { address, mode = defaultMode, timeouts, limits, paths } = listener;
  const where =
    address.kind === 'tcp' ? address : ({ kind: 'unix', path: resolve(source.folder, address.path), mode } as const);
  return { name, address: where, timeouts, limits, paths, tls: undefined };
}

function accessLogPlan(log: AccessLogConfig, source: Source): AccessLogPlan {
  const mask = [...new Set([...defaultMask, ...log.mask])].toSorted();
  if (log.file === undefined) return { format: log.format, to: { kind: 'stdout' }, mask, rotate: undefined };
  const to = { kind: 'file', path: resolve(source.folder, log.file) } as const;
  const rotate = log.rotate === false ? undefined : (log.rotate ?? defaultRotation());
  return { format: log.format, to, mask, rotate };
}
