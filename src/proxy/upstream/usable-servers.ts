import type { SharedRow } from '../../core/shared/shared-rows.ts';
import type { PoolPlan, ServerPlan } from '../pool-plan.ts';
import { PoolField, readState } from '../server-state.ts';

/** A server as far as it matters here. */
export interface Rated {
  readonly server: ServerPlan;
  readonly row: SharedRow;
  /** Its share beside the others, above 0 while it is usable. */
  weight: number;
}

/**
 * Which servers of a pool may be chosen now. Looked at anew when main says that something has changed; the list is another one
 * where others are in it or a weight has changed, so that a picker can keep what it has worked out of it as long as it is the same.
 *
 * (1) Out are servers that the operator has taken out, that are down or ejected, and those without weight.
 * (2) Of the groups, the first is used; with fewer than `activateBelow` usable servers, the next one too, and so on.
 * (3) Where too few are up to be believed (`panicBelow`), up and down are one.
 */
export class UsableServers<S extends Rated> {
  readonly #servers: readonly S[];
  readonly #pool: SharedRow;
  readonly #plan: Pick<PoolPlan, 'activateBelow' | 'panicBelow'>;
  #epoch: number;
  #list: readonly S[] = [];
  /** Ejected, and nothing else stands against them. */
  #ejected: readonly S[] = [];
  /** Of the servers in the list. */
  #weights: readonly number[] = [];

  constructor(servers: readonly S[], pool: SharedRow, plan: Pick<PoolPlan, 'activateBelow' | 'panicBelow'>) {
    this.#servers = servers;
    this.#pool = pool;
    this.#plan = plan;
    this.#epoch = pool.get(PoolField.epoch);
    this.#look();
  }

  get list(): readonly S[] {
    const epoch = this.#pool.get(PoolField.epoch);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch; // Before the states are read: a change in between is found the next time.
      this.#look();
    }
    return this.#list;
  }

  /** One that is ejected is better than none: for who has tried all others. Undefined: there is none that was not tried. */
  lastResort(tried: ReadonlySet<S> | undefined): S | undefined {
    return this.#ejected.find((server) => tried?.has(server) !== true);
  }

  /** What changes nothing here (a reload, another check that passed) leaves the list as it is: pickers go on. */
  #look(): void {
    const list = this.#find();
    const weights = list.map(({ weight }) => weight);
    const same = list.every((server, i) => server === this.#list[i] && weights[i] === this.#weights[i]);
    if (same && list.length === this.#list.length) return;
    this.#list = list;
    this.#weights = weights;
  }

  #find(): readonly S[] {
    const wanted: S[] = [];
    const out: S[] = [];
    const sound = new Set<S>();
    for (const server of this.#servers) {
      const { operator, health, ejected, weight } = readState(server.row);
      server.weight = weight;
      if (operator !== 'ready' || weight <= 0) continue;
      wanted.push(server);
      if (health === 'down') continue;
      if (ejected) out.push(server);
      else sound.add(server);
    }
    const panic = inPanic(sound.size, wanted.length, this.#plan.panicBelow);
    this.#ejected = panic ? [] : out;
    return this.#inGroups(panic ? wanted : wanted.filter((server) => sound.has(server)));
  }

  #inGroups(usable: readonly S[]): readonly S[] {
    const groups = [...new Set(usable.map(({ server }) => server.group))].toSorted((a, b) => a - b);
    let used: readonly S[] = [];
    for (const last of groups) {
      used = usable.filter(({ server }) => server.group <= last);
      if (used.length >= this.#plan.activateBelow) break;
    }
    return used;
  }
}

/** Too few are up to be believed. @param below percent. */
export function inPanic(up: number, wanted: number, below: number): boolean {
  return up * 100 < wanted * below;
}
