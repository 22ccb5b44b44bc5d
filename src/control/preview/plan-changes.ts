import { samePlain } from '../../core/same-plain.ts';
import type { Plan } from '../../proxy/index.ts';

/** Names of parts of one kind, by what becomes of them. */
export interface PartChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** How many stay as they are. */
  readonly kept: number;
}

/** What going from one plan to another changes. */
export interface PlanChanges {
  readonly listeners: PartChanges;
  readonly routes: PartChanges;
  readonly pools: PartChanges;
  /** Keys of the config that hold for all: `connections`, `forwarding`, `accessLog`, `trace`, `grace`. */
  readonly settings: readonly string[];
}

/** Plans are plain data with keys in one order, so equal text is an equal part. */
export function planChanges(before: Plan, after: Plan): PlanChanges {
  const { graceMs, ...rest } = after;
  const settings = {
    connections: [before.connections, rest.connections],
    forwarding: [before.forwarding, rest.forwarding],
    accessLog: [before.accessLog, rest.accessLog],
    trace: [before.trace, rest.trace],
    shed: [before.shed, rest.shed],
    grace: [before.graceMs, graceMs],
  };
  return {
    listeners: changesOf(before.listeners, after.listeners),
    routes: changesOf(before.routes, after.routes),
    pools: changesOf(before.pools, after.pools),
    settings: Object.entries(settings).flatMap(([key, [a, b]]) =>
      JSON.stringify(a) === JSON.stringify(b) ? [] : [key],
    ),
  };
}

/** Nothing is different. */
export function isNoChange({ listeners, routes, pools, settings }: PlanChanges): boolean {
  const kinds = [listeners, routes, pools];
  return (
    settings.length === 0 && kinds.every(({ added, removed, changed }) => [added, removed, changed].every(isEmpty))
  );
}

function isEmpty(list: readonly unknown[]): boolean {
  return list.length === 0;
}

interface Named {
  readonly name: string;
}

function changesOf(before: readonly Named[], after: readonly Named[]): PartChanges {
  if (before === after) return { added: [], removed: [], changed: [], kept: after.length };
  const old = new Map(before.map((part) => [part.name, part]));
  const names = new Set(after.map(({ name }) => name));
  const both = after.filter(({ name }) => old.has(name));
  const changed = both.filter((part) => !samePlain(old.get(part.name), part)).map(({ name }) => name);
  return {
    added: after.filter(({ name }) => !old.has(name)).map(({ name }) => name),
    removed: before.filter(({ name }) => !names.has(name)).map(({ name }) => name),
    changed,
    kept: both.length - changed.length,
  };
}
