import { withEach, type Piecework } from '../../core/piecework.ts';
import { sameEnds } from '../../core/same-ends.ts';
import type { HostMatch, RoutePlan } from '../plan.ts';

/** Stands for every host. */
export const anyKey = '*';

/** Stands for all hosts with one label before this suffix. */
export function wildcardKey(suffix: string): string {
  return `*.${suffix}`;
}

/** No name of a host has a `*` in it. */
export function keyOf(host: HostMatch): string {
  return host.kind === 'any' ? anyKey : host.kind === 'exact' ? host.host : wildcardKey(host.suffix);
}

/**
 * Keys of the hosts that do not have the same routes in the same order in two lists; and maybe of others: where routes change
 * their places, those that they pass may count as changed.
 */
export function* changedHosts(before: readonly RoutePlan[], next: readonly RoutePlan[]): Piecework<Set<string>> {
  const { start, end } = sameEnds(before, next);
  const places = new Map<RoutePlan, number>();
  yield* withEach(before.slice(start, before.length - end), (route) => places.set(route, places.size));
  const changed = new Set<string>();
  let last = -1;
  yield* withEach(next.slice(start, next.length - end), (route) => {
    const place = places.get(route) ?? -1;
    if (place > last) {
      last = place;
      places.delete(route);
    } else addHosts(route, changed);
  });
  // What is left has gone, or comes behind one that it came before.
  yield* withEach(places.keys(), (route) => addHosts(route, changed));
  return changed;
}

function addHosts({ hosts }: RoutePlan, changed: Set<string>): void {
  for (const host of hosts) changed.add(keyOf(host));
}
