import type { BalancePlan } from '../balance-plan.ts';
import type { Exchange } from '../exchange.ts';
import type { Candidate, Picker, PickerEnv } from '../picker.ts';
import { keyReader, keyText, type KeyOf } from './hash-key.ts';
import { HashRing } from './hash-ring.ts';
import { Loads } from './loads.ts';
import { loadOf, notePick } from './note-pick.ts';
import { Turns } from './turns.ts';

/** Points of a server of the smallest weight. */
const usualPoints = 160;

/** Points of all servers together, unless weights that were changed at run time ask for more: then twice as many. */
const mostPoints = 65_536;

/** Points that are looked at for a server with room; then the least loaded is it. */
const mostSteps = 512;

/** Weights of the config: points a unit depend on these alone, so that no other server moves when one goes down. */
type Weights = readonly number[];

/**
 * By a hash of something of the request, with a consistent ring: the same key gets the same server, as long as that is usable.
 * A request without the key gets the next server by turns.
 *
 * With a load factor no server gets more than so many times its share of the exchanges that all have at the moment: what is
 * more goes on to the next on the ring (consistent hashing with bounded loads).
 */
export class Hash<S extends Candidate> implements Picker<S> {
  readonly #turns: Turns<S>;
  readonly #keyOf: KeyOf;
  readonly #what: string;
  readonly #loadFactor: number;
  readonly #pointsPerWeight: number;
  #loads: Loads<S> = new Loads([]);
  #weight = 1;
  #ring: HashRing | undefined;

  constructor({ cursor }: Pick<PickerEnv, 'cursor'>, plan: BalancePlan & { kind: 'hash' }, weights: Weights) {
    this.#turns = new Turns(cursor);
    this.#keyOf = keyReader(plan.of);
    this.#what = keyText(plan.of);
    this.#loadFactor = plan.loadFactor;
    this.#pointsPerWeight = pointsPerWeight(weights);
  }

  pick(exchange: Exchange, usable: readonly S[], tried: ReadonlySet<S> | undefined): S {
    const key = this.#keyOf(exchange);
    if (key === undefined) return this.#byTurns(exchange, usable, tried);
    const ring = usable === this.#loads.list ? this.#ring! : this.#follow(usable);
    const point = usable.length === 1 ? 0 : ring.find(key);
    const own = ring.owner(point);
    const owner = usable[own]!;
    const chosen = this.#takes(own, tried) ? owner : usable[this.#next(point, tried)]!;
    if (exchange.trace !== undefined) this.#note(exchange, owner, chosen);
    return chosen;
  }

  #byTurns(exchange: Exchange, usable: readonly S[], tried: ReadonlySet<S> | undefined): S {
    const chosen = usable[this.#turns.next(usable, tried, exchange.dry)]!;
    if (exchange.trace !== undefined)
      notePick(exchange, 'hash', chosen, `its turn, as the request lacks ${this.#what}`);
    return chosen;
  }

  #note(exchange: Exchange, owner: S, chosen: S): void {
    const past = owner === chosen ? '' : `, past ${owner.name} (${loadOf(owner)})`;
    notePick(exchange, 'hash', chosen, `by ${this.#what}${past}`);
  }

  #follow(usable: readonly S[]): HashRing {
    this.#loads = new Loads(usable);
    this.#weight = usable.reduce((all, { weight }) => all + weight, 0);
    const each = Math.min(this.#pointsPerWeight, (2 * mostPoints) / this.#weight);
    this.#ring = new HashRing(
      usable.map(({ name, weight }) => ({ name, points: Math.max(1, Math.round(weight * each)) })),
    );
    return this.#ring;
  }

  #takes(index: number, tried: ReadonlySet<S> | undefined): boolean {
    if (tried?.has(this.#loads.list[index]!) === true) return false;
    const active = this.#loadFactor === 0 ? 0 : this.#loads.list[index]!.active;
    return active === 0 || active < this.#room(index, this.#share());
  }

  /** The index of the next on the ring that may have it. */
  #next(point: number, tried: ReadonlySet<S> | undefined): number {
    const ring = this.#ring!;
    const loads = this.#loads;
    const share = this.#loadFactor === 0 ? Infinity : this.#share();
    for (let step = 0, at = ring.after(point); step < mostSteps; step++, at = ring.after(at)) {
      const index = ring.owner(at);
      if (tried?.has(loads.list[index]!) !== true && loads.list[index]!.active < this.#room(index, share)) return index;
    }
    return loads.least(ring.owner(point), tried);
  }

  /** Exchanges that a server may have for each unit of its weight: what all have, and the new one, times the factor. */
  #share(): number {
    return (this.#loadFactor * (this.#loads.sum + 1)) / this.#weight;
  }

  #room(index: number, share: number): number {
    return Math.ceil(share * this.#loads.list[index]!.weight);
  }
}

function pointsPerWeight(weights: Weights): number {
  const used = weights.filter((weight) => weight > 0);
  if (used.length === 0) return usualPoints;
  const sum = used.reduce((all, weight) => all + weight, 0);
  return Math.min(usualPoints / Math.min(...used), mostPoints / sum);
}
