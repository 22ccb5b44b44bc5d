import { isDeepStrictEqual } from 'node:util';

import type { LoadedConfig } from '../config/load-result.ts';
import { planChanges, type PlanChanges } from './plan-changes.ts';

/** What going from one config to another changes: `planChanges`, and the keys that are not for the data plane. */
export function configChanges(before: LoadedConfig, after: LoadedConfig): PlanChanges {
  const changes = planChanges(before.plan, after.plan);
  const others: Readonly<Record<string, readonly [unknown, unknown]>> = {
    'listeners.*.tls': [before.tls?.sources, after.tls?.sources],
    admin: [before.admin, after.admin],
    log: [before.log, after.log],
    events: [before.events, after.events],
    watch: [before.watch, after.watch],
    state: [before.state, after.state],
    threads: [before.threads, after.threads],
    user: [before.identity, after.identity],
    dns: [before.names, after.names],
  };
  const changed = Object.entries(others).filter(([, [a, b]]) => !isDeepStrictEqual(a, b));
  return { ...changes, settings: [...changes.settings, ...changed.map(([key]) => key)] };
}
