import type { Plan } from '../proxy/index.ts';
import { planChanges, type PlanChanges } from './preview/plan-changes.ts';
import type { ThreadHost } from './threads/thread-host.ts';

/** What a reload has changed, what it has kept, and how long it took. */
export interface ReloadReport {
  readonly changes: PlanChanges;
  /** What goes on as before; undefined: the threads did not answer. */
  readonly kept: { readonly connections: number; readonly tunnels: number } | undefined;
  /** Reading, checking and compiling the config, in ms. */
  readonly loadMs: number;
  /** Putting it in force in all threads, in ms. */
  readonly swapMs: number;
}

/** When the steps of a reload were over, by the clock in ms. */
export interface ReloadTimes {
  readonly began: number;
  readonly loaded: number;
  readonly swapped: number;
}

/** Right after a reload: connections that are there were there before, but for those of this moment. */
export async function reloadReport(
  plans: readonly [Plan, Plan],
  host: ThreadHost,
  times: ReloadTimes,
): Promise<ReloadReport> {
  const status = await host.status({ pools: false }).catch(() => undefined);
  return {
    changes: planChanges(...plans),
    kept: status && { connections: status.connections, tunnels: status.tunnels },
    loadMs: Math.round(times.loaded - times.began),
    swapMs: Math.round(times.swapped - times.loaded),
  };
}

/** In one line, for the log. */
export function reportText({ changes, kept, loadMs, swapMs }: ReloadReport): string {
  const kinds = Object.entries({ listener: changes.listeners, route: changes.routes, pool: changes.pools });
  const parts = kinds.flatMap(([kind, { added, removed, changed }]) => [
    ...counted('added', kind, added.length),
    ...counted('removed', kind, removed.length),
    ...counted('changed', kind, changed.length),
  ]);
  if (changes.settings.length > 0) parts.push(`changed: ${changes.settings.join(', ')}`);
  const what = parts.length === 0 ? 'nothing that carries traffic changed' : parts.join(', ');
  const rest = kept === undefined ? '' : `; kept ${kept.connections} connections, ${kept.tunnels} tunnels`;
  return `${what}${rest}; loaded in ${loadMs} ms, swapped in ${swapMs} ms`;
}

function counted(what: string, kind: string, count: number): string[] {
  return count === 0 ? [] : [`${what} ${count} ${kind}${count === 1 ? '' : 's'}`];
}
