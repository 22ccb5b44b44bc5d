import { samePlain } from '../core/same-plain.ts';
import type { Plan } from '../proxy/index.ts';
import type { LoadedConfig } from './config/load-result.ts';

/**
 * The next config, with each listener, route and pool that is equal to one of the config in force replaced by that very
 * object, and lists that are the same by the very lists. So whatever follows sees by one look what has not changed, and
 * two configs that differ in little take the memory of one.
 */
export function keepParts(before: LoadedConfig, next: LoadedConfig): LoadedConfig {
  return { ...next, plan: keepPlanParts(before.plan, next.plan) };
}

/** The same for plans alone. @internal */
export function keepPlanParts(before: Plan, next: Plan): Plan {
  return {
    ...next,
    listeners: keep(before.listeners, next.listeners),
    routes: keep(before.routes, next.routes),
    pools: keep(before.pools, next.pools),
  };
}

function keep<T extends { readonly name: string }>(before: readonly T[], next: readonly T[]): readonly T[] {
  const known = new Map(before.map((part) => [part.name, part]));
  const kept = next.map((part) => {
    const old = known.get(part.name);
    return old !== undefined && samePlain(old, part) ? old : part;
  });
  return kept.length === before.length && kept.every((part, i) => part === before[i]) ? before : kept;
}
