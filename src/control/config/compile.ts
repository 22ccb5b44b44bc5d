import { resolve } from 'node:path';

import {
  defaultMask,
  type AccessLogPlan,
  type ListenerPlan,
  type ListenerTlsPlan,
  type Plan,
  type PoolPlan,
  type TracePlan,
} from '../../proxy/index.ts';
import { compileRoutes, type RouteParts } from './compile-routes.ts';
import type { AccessLogConfig, Config, ListenerConfig, TraceConfig } from './config.ts';
import { defaultRotation } from './schema.ts';
import type { Source } from './source.ts';

/** Socket files are for the owner and the group, which a web server in front can share. */
const defaultMode = 0o660;

/** What was made of the files that the config names. */
export interface ResolvedParts extends RouteParts {
  /** Of every listener that has TLS, by its name; maybe without certificates, where none can be used. */
  readonly tls: ReadonlyMap<string, ListenerTlsPlan>;
}

export interface Compiled {
  readonly plan: Plan;
  /** Listeners without any certificate that can be used: they must not be opened. */
  readonly closed: readonly ListenerPlan[];
}

/**
 * Joins a checked config to a plan. The order of listeners and pools in the file means nothing, so they are sorted: equal
 * configs have equal plans. Names in it are fit to be shown: what came from a `${...}` is `***` there.
 */
export function compile(config: Config, source: Source, instance: string, parts: ResolvedParts): Compiled {
  const { routes, pools } = compileRoutes(config, source, parts);
  const listeners = Object.entries(config.listeners)
    .map(([name, each]) => ({ ...listenerPlan(name, each, source), tls: parts.tls.get(name) }))
    .toSorted(byName);
  const { trustedProxies, forwarded, via } = config.forwarding;
  const plan = {
    instance,
    listeners: listeners.filter((each) => canOpen(each, config)),
    routes,
    pools: pools.toSorted(byName),
    accessLog: config.accessLog === false ? undefined : accessLogPlan(config.accessLog, source),
    connections: config.connections,
    forwarding: { trustedProxies: [...new Set(trustedProxies)], forwarded, via },
    graceMs: config.grace,
    trace: tracePlan(config.trace),
    ...(config.shed && { shed: config.shed }),
  };
  return { plan, closed: listeners.filter((each) => !plan.listeners.includes(each)) };
}

/** One that is to speak TLS must never speak without it. */
function canOpen({ name, tls }: ListenerPlan, { listeners }: Config): boolean {
  return tls === undefined ? listeners[name]?.tls === undefined : tls.certificates.length > 0;
}

/** Undefined: nothing is to be traced. */
function tracePlan({ sample, header, from, otlp }: TraceConfig): TracePlan | undefined {
  if (sample === 0 && header === undefined && otlp === undefined) return undefined;
  return { sample, header, from: [...new Set(from)], otlp };
}

/** By code points, so that no machine's language changes it. */
export function byName(a: PoolPlan | ListenerPlan, b: PoolPlan | ListenerPlan): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

function listenerPlan(name: string, listener: ListenerConfig, source: Source): ListenerPlan {
  const { address, mode = defaultMode, timeouts, limits, paths, http2 } = listener;
  const where =
    address.kind === 'tcp' ? address : ({ kind: 'unix', path: resolve(source.folder, address.path), mode } as const);
  return { name, address: where, timeouts, limits, paths, tls: undefined, http2: http2 === false ? undefined : http2 };
}

function accessLogPlan(log: AccessLogConfig, source: Source): AccessLogPlan {
  const mask = [...new Set([...defaultMask, ...log.mask])].toSorted();
  if (log.file === undefined) return { format: log.format, to: { kind: 'stdout' }, mask, rotate: undefined };
  const to = { kind: 'file', path: resolve(source.folder, log.file) } as const;
  const rotate = log.rotate === false ? undefined : (log.rotate ?? defaultRotation());
  return { format: log.format, to, mask, rotate };
}
