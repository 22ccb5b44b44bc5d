import { samePlain } from '../core/same-plain.ts';
import type { Plan } from '../proxy/index.ts';
import type { Fingerprints, PlanPrints } from './config/fingerprints.ts';
import type { LoadedConfig } from './config/load-result.ts';

/**
 * The next config, with each listener, route and pool that is equal to one of the config in force replaced by that very
 * object, and lists that are the same by the very lists. So whatever follows sees by one look what has not changed, and
 * two configs that differ in little take the memory of one.
 */
export function keepParts(before: LoadedConfig, next: LoadedConfig): LoadedConfig {
  const plan = keepPlanParts(before.plan, next.plan, { before: before.prints, next: next.prints });
  if (next.prints === undefined) return { ...next, plan };
  const { routes, pools } = next.prints;
  const prints = {
    routes: printsFor(plan.routes, next.plan.routes, routes),
    pools: printsFor(plan.pools, next.plan.pools, pools),
  };
  return { ...next, plan, prints };
}

/** The fingerprints of two plans, as far as they are known. */
interface BothPrints {
  readonly before?: PlanPrints | undefined;
  readonly next?: PlanPrints | undefined;
}

/** The same for plans alone. @internal */
export function keepPlanParts(before: Plan, next: Plan, prints: BothPrints = {}): Plan {
  return {
    ...next,
    listeners: keep(before.listeners, next.listeners),
    routes: keep(before.routes, next.routes, prints.before?.routes, prints.next?.routes),
    pools: keep(before.pools, next.pools, prints.before?.pools, prints.next?.pools),
  };
}

interface Named {
  readonly name: string;
}

function keep<T extends Named>(
  before: readonly T[],
  next: readonly T[],
  printsBefore?: Fingerprints,
  prints?: Fingerprints,
): readonly T[] {
  const places = new Places(before);
  const kept = next.map((part, i) => {
    const place = places.of(part.name, i);
    const old = before[place];
    if (old === undefined) return part;
    const print = printAt(prints, part, i);
    // Other fingerprints may be those of equal parts, whose members stand in another order.
    const same = (print !== '' && print === printAt(printsBefore, old, place)) || samePlain(old, part);
    return same ? old : part;
  });
  return kept.length === before.length && kept.every((part, i) => part === before[i]) ? before : kept;
}

/** Where parts stand in a list, by name: most stand where they are looked for. */
class Places {
  readonly #list: readonly Named[];
  #places: ReadonlyMap<string, number> | undefined;

  constructor(list: readonly Named[]) {
    this.#list = list;
  }

  /** @returns -1: nowhere. */
  of(name: string, likely: number): number {
    if (this.#list[likely]?.name === name) return likely;
    this.#places ??= new Map(this.#list.map((part, i) => [part.name, i]));
    return this.#places.get(name) ?? -1;
  }
}

function printAt(prints: Fingerprints | undefined, part: object, at: number): string {
  return prints?.parts[at] === part ? (prints.prints[at] ?? '') : '';
}

/** Each part is the one of the next list in its place, or equal to it. */
function printsFor(kept: readonly object[], next: readonly object[], prints: Fingerprints): Fingerprints {
  return { parts: kept, prints: next.map((part, i) => printAt(prints, part, i)) };
}
