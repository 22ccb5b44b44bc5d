import { RowBook } from '../../core/shared/row-book.ts';
import { SplitField, splitsOf, writeWeight, type Plan, type SplitPlan, type SplitRows } from '../../proxy/index.ts';

/** A pool of a split, with its share. */
export interface SplitShare {
  readonly pool: string;
  /** As the config says it. */
  readonly planned: number;
  /** As it is now. */
  readonly weight: number;
}

/** The weights of a split have changed. */
export interface SplitChange {
  readonly route: string;
  readonly before: readonly SplitShare[];
  readonly after: readonly SplitShare[];
  /** A sentence without a full stop. */
  readonly why: string;
}

/** A split for which the config's weights do not count. */
export interface SplitOverride {
  readonly route: string;
  /** Of every pool of the split. */
  readonly weights: Readonly<Record<string, number>>;
}

/** Most of a weight, as in the config. */
const mostWeight = 10_000;

/**
 * How much each pool of a split gets, for all threads: main alone writes it. What was said at run time stays, whatever a reload
 * changes, as long as the route has these very pools.
 */
export class SplitBoard {
  readonly #rows: RowBook = new RowBook(1);
  readonly #splits: Map<string, SplitPlan> = new Map();
  readonly #said: Map<string, Readonly<Record<string, number>>> = new Map();
  /** How often each was changed since it is in the config. */
  readonly #changes: Map<string, number> = new Map();
  readonly #listeners: Set<(change: SplitChange) => void> = new Set();

  /** The rows for a plan that threads are about to get: those that are new say what the plan says. */
  rowsOf({ routes }: Pick<Plan, 'routes'>): SplitRows {
    const places = splitsOf(routes).map(({ name, split }) => {
      const parts = split.parts.map(({ pool, weight }) => this.#claim(name, pool, weight));
      return [name, { split: this.#rows.claim(splitName(name)), parts }] as const;
    });
    return { memory: this.#rows.memory, routes: new Map(places) };
  }

  /** All threads have this plan: others are forgotten, and what the config says counts where nobody has said anything since. */
  keep({ routes }: Pick<Plan, 'routes'>): void {
    this.#splits.clear();
    const names = new Set<string>();
    for (const { name, split } of splitsOf(routes)) {
      this.#splits.set(name, split);
      names.add(splitName(name));
      for (const { pool } of split.parts) names.add(partName(name, pool));
    }
    for (const [route, weights] of this.#said) if (!fits(this.#splits.get(route), weights)) this.#said.delete(route);
    for (const route of this.#changes.keys()) if (!this.#splits.has(route)) this.#changes.delete(route);
    this.#rows.keep(names);
    for (const route of this.#splits.keys()) this.#write(route);
  }

  /** Undefined: the route leads to no split. */
  get(route: string): readonly SplitShare[] | undefined {
    const said = this.#said.get(route);
    return this.#splits
      .get(route)
      ?.parts.map(({ pool, weight }) => ({ pool, planned: weight, weight: said?.[pool] ?? weight }));
  }

  /** How often its weights were changed at run time, since the route leads to a split. */
  changesOf(route: string): number {
    return this.#changes.get(route) ?? 0;
  }

  /** Routes that lead to splits. */
  get routes(): readonly string[] {
    return [...this.#splits.keys()];
  }

  /** What was said at run time, to be kept over a restart. */
  get overrides(): readonly SplitOverride[] {
    return [...this.#said].map(([route, weights]) => ({ route, weights }));
  }

  /** Says once more what was said in another process: what fits no split is forgotten when the plan is in force. */
  takeUp(overrides: readonly SplitOverride[]): void {
    for (const { route, weights } of overrides) this.#said.set(route, weights);
  }

  /**
   * Gives the pools of a split other weights, from the next request on. Pools that are not named keep theirs.
   *
   * @param weights by pool, from 0 to 10,000; undefined: as the config says.
   * @param why a sentence without a full stop, for the log.
   * @returns false: it is so already.
   * @throws {TypeError} in words where there is no such split or pool, a weight is none, or nothing would be left.
   */
  set(route: string, weights: Readonly<Record<string, number>> | undefined, why: string): boolean {
    const before = this.get(route);
    if (before === undefined) {
      throw new TypeError(
        `Cannot change the split: the route ${route} leads to none; ${listed('these do', this.routes)}`,
      );
    }
    if (weights !== undefined) checkWeights(route, before, weights);
    const next = weights && Object.fromEntries(before.map(({ pool, weight }) => [pool, weights[pool] ?? weight]));
    if (next === undefined) this.#said.delete(route);
    else this.#said.set(route, next);
    const after = this.get(route)!;
    if (after.every(({ weight }, i) => weight === before[i]!.weight)) return false;
    this.#write(route);
    this.#changes.set(route, this.changesOf(route) + 1);
    for (const listener of this.#listeners) listener({ route, before, after, why });
    return true;
  }

  /** @returns how to stop listening. */
  listen(listener: (change: SplitChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #claim(route: string, pool: string, weight: number): number {
    const name = partName(route, pool);
    const known = this.#rows.has(name);
    const row = this.#rows.claim(name);
    if (!known) writeWeight(this.#rows.row(row), this.#said.get(route)?.[pool] ?? weight);
    return row;
  }

  /** All weights, and then the epoch by which threads see that they must look. */
  #write(route: string): void {
    for (const { pool, weight } of this.get(route)!) {
      writeWeight(this.#rows.row(this.#rows.claim(partName(route, pool))), weight);
    }
    this.#rows.row(this.#rows.claim(splitName(route))).add(SplitField.epoch, 1);
  }
}

/** For the log: `The split of www: stable 80 (95 before), canary 20 (5 before): by the operator`. */
export function splitChangeText({ route, before, after, why }: SplitChange): string {
  const parts = after.map(({ pool, weight }, i) => {
    const was = before[i]!.weight;
    return was === weight ? `${pool} ${weight}` : `${pool} ${weight} (${was} before)`;
  });
  return `The split of ${route} is ${parts.join(', ')}: ${why}`;
}

function checkWeights(route: string, before: readonly SplitShare[], weights: Readonly<Record<string, number>>): void {
  const pools = before.map(({ pool }) => pool);
  for (const [pool, weight] of Object.entries(weights)) {
    if (!pools.includes(pool)) {
      throw new TypeError(
        `Cannot change the split of ${route}: ${pool} is none of its pools; ${listed('it has', pools)}`,
      );
    }
    if (!Number.isFinite(weight) || weight < 0 || weight > mostWeight) {
      throw new TypeError(`Cannot use ${weight} as the weight of ${pool}: it is a number from 0 to ${mostWeight}`);
    }
  }
  if (before.every(({ pool, weight }) => toThousandths(weights[pool] ?? weight) === 0)) {
    throw new TypeError(`Cannot change the split of ${route}: all weights would be 0, so nobody would get a request`);
  }
}

/** What threads see of a weight. */
function toThousandths(weight: number): number {
  return Math.round(weight * 1000);
}

function fits(split: SplitPlan | undefined, weights: Readonly<Record<string, number>>): boolean {
  const pools = split?.parts.map(({ pool }) => pool);
  return pools !== undefined && pools.length === Object.keys(weights).length && pools.every((pool) => pool in weights);
}

function listed(what: string, names: readonly string[]): string {
  const more = names.length > 10 ? ` and ${names.length - 10} others` : '';
  return names.length === 0 ? 'there is none' : `${what}: ${names.slice(0, 10).join(', ')}${more}`;
}

function splitName(route: string): string {
  return `split ${route}`;
}

function partName(route: string, pool: string): string {
  return JSON.stringify([route, pool]);
}
